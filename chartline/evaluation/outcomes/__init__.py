"""How good predictions of outcomes are, on patients or hospitals that nothing was learnt from."""
