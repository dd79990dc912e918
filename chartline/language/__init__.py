"""How a chart is said: sentences, channels, blocks, the prompt, plan text, rendering, verification. Pure."""
