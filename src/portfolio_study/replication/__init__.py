"""Claims of the papers, the values measured for them, and the verdicts."""
