"""What a store's user must be allowed to do, for the rankings and the gateway."""

ACCESS = (
    "on ~* -@all +@read +@write +@connection -@dangerous -@scripting"
    " +eval +evalsha +script|load +time +info +cluster|slots"
)
"""The rules of a user, as `ACL SETUSER` and the access string of ElastiCache take them.

Data may be read and written, on any key, as boards keep the names that the original
system gave them; the categories, and not the commands of today's scripts, so that
tasks of the next version can be rolled out before the user is changed. Nothing that
is dangerous (FLUSHALL, KEYS, MIGRATE, other clients), and no functions. Then what we
need of these and of others: our scripts, which ask for the time; INFO for the checks
at the start; CLUSTER SLOTS for the way. `@connection` has AUTH, CLIENT SETNAME,
PING, ASKING, WAIT and WAITAOF. CONFIG is left out: where it is refused, nothing is
lost but some advice.

Order matters: rules are applied from the left to the right. Needs Redis 7 or Valkey;
before, ASKING and WAIT are in other categories. Sources:
https://valkey.io/topics/acl/
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
"""
