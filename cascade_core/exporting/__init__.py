"""Tables of a run and of the paper, to keep: as DataFrames, CSV, LaTeX and HTML."""
