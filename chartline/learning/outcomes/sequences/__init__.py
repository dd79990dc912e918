"""Models that read a chart as a sequence: RNN, Transformer, RETAIN, GRASP, GenHPF, REMed and a next-code model."""
