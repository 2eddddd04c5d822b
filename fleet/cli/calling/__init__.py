"""`fleet call`: from typed words to calls, and from replies to text."""
