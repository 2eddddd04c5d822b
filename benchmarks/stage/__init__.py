"""What measurements and fault tests stand on: real tasks, real DNS, steady load."""
