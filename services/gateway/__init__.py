"""Answers questions and predicts outcomes for EHR vendors."""
