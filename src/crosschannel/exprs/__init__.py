"""Column expressions that several packages share: Column in, Column out."""
