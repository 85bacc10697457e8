"""Making recordings: many live runs, side by side, stopped and resumed at will."""
