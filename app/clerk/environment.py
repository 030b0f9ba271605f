"""/v1/environment: the switches that Clerk's components look at, for this service."""

from typing import Any

from flask import url_for

from app.core.password_policy import LONGEST, SHORTEST
from app.settings import Settings
from app.web.context import service

_ATTRIBUTES = (
    *("email_address", "phone_number", "username", "first_name", "last_name", "password"),
    *("web3_wallet", "authenticator_app", "backup_code", "passkey"),
)
_SECOND = {"authenticator_app": "totp", "backup_code": "backup_code"}


def describe(settings: Settings) -> dict[str, Any]:
    """Return the Environment; with `commerce_settings` the SDK would ask for bills."""
    return {
        "object": "environment",
        "id": "environment_passline",
        "auth_config": {
            "object": "auth_config",
            "id": "auth_config_passline",
            "single_session_mode": True,
            "url_based_session_syncing": False,
            "claimed_at": None,
            # Then the form of the password asks for no current one, and trusts our 403.
            "reverification": settings.step_up_age > 0,
        },
        "display_config": _display(settings),
        "user_settings": _users(settings),
        "organization_settings": {
            "enabled": False,
            "max_allowed_memberships": 1,
            "force_organization_selection": False,
            "actions": {"admin_delete": False},
            "domains": {"enabled": False, "enrollment_modes": [], "default_role": None},
        },
        "maintenance_mode": False,
        "client_debug_mode": False,
    }


_NOTHING: dict[str, Any] = {
    "logo_image_url": "",
    "favicon_image_url": "",
    "support_email": "",
    "captcha_public_key": None,
    "captcha_widget_type": None,
    "captcha_provider": None,
    "captcha_oauth_bypass": [],
}


def _display(settings: Settings) -> dict[str, Any]:
    home, sign_in = _address("passkeys"), _address("login")
    kind = "development" if settings.clerk == "development" else "production"
    return {
        "object": "display_config",
        "id": "display_config_passline",
        "application_name": settings.rp_name,
        "instance_environment_type": kind,
        "preferred_sign_in_strategy": "password",
        "branded": False,
        "show_devmode_warning": False,
        "theme": {},
        "home_url": home,
        "sign_in_url": sign_in,
        "sign_up_url": _address("register"),
        "user_profile_url": home,
        "after_sign_in_url": home,
        "after_sign_up_url": home,
        "after_sign_out_all_url": sign_in,
        "after_sign_out_one_url": sign_in,
        "after_switch_session_url": home,
        **_NOTHING,
    }


def _address(page: str) -> str:
    """Return the full URL of a page of ours: the SDK may run on another origin."""
    return service().settings.web_origin + url_for(f"pages.{page}")


def _users(settings: Settings) -> dict[str, Any]:
    used = {"username", "password", *_SECOND}
    used |= {"passkey"} if settings.passkeys_enabled else set()
    return {
        "attributes": {name: _attribute(name, name in used) for name in _ATTRIBUTES},
        "actions": {"delete_self": False, "create_organization": False},
        "social": {},
        "saml": {"enabled": False},
        "enterprise_sso": {"enabled": False},
        "sign_in": {"second_factor": {"required": settings.mfa_policy == "required"}},
        "sign_up": _sign_up(settings),
        "password_settings": {
            "min_length": SHORTEST,
            "max_length": LONGEST,
            "disable_hibp": True,
            "show_zxcvbn": False,
            "min_zxcvbn_strength": 0,
        },
        "passkey_settings": {
            "allow_autofill": True,
            "show_sign_in_button": True,
            "satisfies_second_factor": True,
        },
        "username_settings": {"min_length": 1, "max_length": 64},
    }


def _sign_up(settings: Settings) -> dict[str, Any]:
    # With `mfa` the components do not let people remove their last TOTP.
    enforced = {"mfa": {"required": True}} if settings.mfa_policy == "required" else {}
    return {
        "mode": "public" if settings.registration == "open" else "restricted",
        "captcha_enabled": False,
        "progressive": True,
        "legal_consent_enabled": False,
        **enforced,
    }


def _attribute(name: str, enabled: bool) -> dict[str, Any]:
    first = enabled and name in ("username", "passkey")
    second = [_SECOND[name]] if name in _SECOND else []
    return {
        "name": name,
        "enabled": enabled,
        "required": enabled and name in ("username", "password"),
        "used_for_first_factor": first,
        "first_factors": [name] if name == "passkey" and enabled else [],
        "used_for_second_factor": bool(second),
        "second_factors": second,
        "verifications": [name] if name == "passkey" and enabled else [],
        "verify_at_sign_up": False,
    }
