"""Who may log in to the store."""

from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.cdk.parts.acknowledge import acknowledge
from infra.cdk.parts.store_access import ACCESS

USER = "fleet"
PASSWORD_LENGTH = 64
"""ElastiCache takes 16 to 128 characters."""


class Login(Construct):
    """One user with a password that only Secrets Manager knows.

    The template has a reference, which CloudFormation resolves when it creates the
    user, and again only when these lines change. So a rotation needs no deploy: a user
    takes two passwords, see docs/operations.md.

    The user `default` is whom a client is that does not log in. It may do nothing: a
    group for Redis needs to have one, a group for Valkey may (CloudFormation's page
    says must), and so nothing depends on what ElastiCache makes of its absence.
    """

    def __init__(self, scope: Construct, name: str, *, prefix: str) -> None:
        super().__init__(scope, name)
        self.secret = secretsmanager.Secret(
            self,
            "Password",
            description=f"Password of the user {USER} of the store {prefix}",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                exclude_punctuation=True, password_length=PASSWORD_LENGTH
            ),
        )
        acknowledge(
            self.secret,
            "AwsSolutions-SMG4",
            "Rotated by hand, with two passwords at a time (docs/operations.md): the"
            " store cannot be reached but by tasks, and each rotation rolls them all.",
        )
        users = [
            self._user("User", USER, ACCESS, prefix),
            self._user("Nobody", "default", "off ~* -@all", prefix),
        ]
        self.group = elasticache.CfnUserGroup(
            self,
            "Users",
            engine="valkey",
            user_group_id=prefix,
            # By reference: CloudFormation then knows what comes first.
            user_ids=[user.ref for user in users],
        )

    def _user(
        self, key: str, name: str, access: str, prefix: str
    ) -> elasticache.CfnUser:
        password = self.secret.secret_value.unsafe_unwrap()  # a reference, see above
        return elasticache.CfnUser(
            self,
            key,
            engine="valkey",
            user_id=f"{prefix}-{name}",
            user_name=name,
            access_string=access,
            authentication_mode={"Type": "password", "Passwords": [password]},
        )
