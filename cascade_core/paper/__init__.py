"""The CascadeBERT paper's tables and figures as data: from runs, and as it prints them."""
