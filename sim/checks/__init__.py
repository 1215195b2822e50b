"""What is found out about an experiment by folding it."""
