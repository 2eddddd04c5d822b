"""What the user of the store may do."""

ACCESS = (
    "on ~* -@all +@read +@write +@connection -@dangerous -@scripting"
    " +eval +evalsha +script|load +time +info +cluster|slots"
)
"""The same as `ranking.store.acl`, which says why; a test compares them. The stacks
import nothing of the fleet."""
