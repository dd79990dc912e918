"""Everything that speaks gRPC for all services: messages, server life, one boundary interceptor, channels."""
