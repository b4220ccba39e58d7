"""A run's system put to work: labels for texts that nobody has labelled yet."""
