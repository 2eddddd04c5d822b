"""How much an endpoint is asked for, and what is done with the rest."""
