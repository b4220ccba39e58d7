"""Pages: widgets, one call into the core, one figure."""
