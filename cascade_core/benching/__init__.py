"""What skipping work buys in milliseconds, measured on the machine at hand."""
