"""The shape of /v1/environment, for the documentation."""

from app.openapi.shapes import described, one_of, shape

Environment = shape(
    "Clerk",
    "Environment",
    object=one_of("environment"),
    id="environment_passline",
    auth_config={"object": "auth_config", "single_session_mode": True},
    display_config=described(
        {
            "object": "display_config",
            "application_name": "Passline",
            "preferred_sign_in_strategy": "password",
        },
        "Names and addresses.",
    ),
    user_settings=described(
        {"passkey_settings": {"allow_autofill": True}}, "What accounts have, and how they sign in."
    ),
    organization_settings={"enabled": False},
    maintenance_mode=False,
    client_debug_mode=False,
)
