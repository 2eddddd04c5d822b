"""The dialects in which the fleet is asked over HTTP: each turns its words and ours."""
