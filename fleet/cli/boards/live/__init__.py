"""`fleet ranking top --live`: a board that redraws itself in a terminal."""
