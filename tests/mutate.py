"""Remove one check at a time from a copy of app/core: each time a test must fail.

    python -m tests.mutate [part of a file's name or of a text]

The tests are those of the ceremonies. Every mutant runs in a copy of its own (the
working tree is never touched), on SQLite only, until its first failure; two run at
once, each for a few seconds of a core. The exit code is 1 when a mutant survives, or
when a mutation no longer applies: its text has to stand in its file once.
"""

import ast
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests import mutants_of_mfa as mfa

ROOT = Path(__file__).parents[1]
_TESTS = "tests/core"
# The ceremonies' tests, quick ones first.
_NAMES = [
    *("public_keys", "attestation", "client_data", "sign_count", "challenges"),
    *("challenge_texts", "names", "odd_but_legitimate"),
    *("registration_checks", "authentication_checks"),
]
_REST = [f"{_TESTS}/test_{name}.py" for name in _NAMES]
_WORKERS = 2


class Mutation(NamedTuple):
    """A `replacement` for a `text` that stands once in a file of app/core."""

    file: str
    text: str
    replacement: str


# The tests that most likely kill the mutants of a file; the other ones follow.
_FIRST = {
    "api_tokens.py": ["../test_secret_key.py"],
    "attestation.py": ["test_attestation.py"],
    "authenticator_data.py": [
        "test_attestation.py",
        "test_public_keys.py",
        "test_registration_checks.py",
    ],
    "certificates.py": ["test_attestation.py"],
    "challenges.py": ["test_challenges.py", "test_challenge_texts.py"],
    "changes.py": ["test_changes.py", "test_deleted_meanwhile.py", "../mfa/test_step_up.py"],
    "client_data.py": ["test_client_data.py", "test_registration_checks.py"],
    "encoding.py": [
        "test_client_data.py",
        "test_attestation.py",
        "test_public_keys.py",
        "test_registration_checks.py",
    ],
    "check_value.py": ["../test_secret_key.py"],
    "facts.py": ["../test_secret_key.py"],
    "sealing.py": ["test_sealing.py"],
    "enrolments.py": ["../clerk/test_passkeys.py", "../clerk/test_attacks.py"],
    "passkeys.py": [
        "test_registration_checks.py",
        "test_names.py",
        "../clerk/test_passkeys.py",
        "../clerk/test_attacks.py",
    ],
    "registration.py": [
        "test_registration_checks.py",
        "test_names.py",
        "test_odd_but_legitimate.py",
        "../clerk/test_passkeys.py",
    ],
    "public_keys.py": ["test_public_keys.py"],
    "setup_codes.py": ["../web/test_setup_codes.py"],
    "relying_party.py": [
        "test_registration_checks.py",
        "test_authentication_checks.py",
        "test_attestation.py",
    ],
    "authentication.py": [
        *("test_sign_count.py", "test_authentication_checks.py"),
        *("../mfa/test_policy.py", "../mfa/test_recovery.py"),
    ],
    "assertions.py": [
        *("test_sign_count.py", "test_authentication_checks.py"),
        *("../mfa/test_step_up.py", "../mfa/test_policy.py"),
    ],
    "sessions.py": ["../mfa/test_policy.py", "../mfa/test_step_up.py", "../mfa/test_recovery.py"],
    "signing_keys.py": ["../clerk/test_tokens.py"],
    "sign_in_attempts.py": ["../clerk/test_sign_in.py", *mfa.FIRST["second_step.py"]],
    "devices.py": ["test_devices.py"],
    "password_policy.py": ["test_password_policy.py", "test_usernames.py"],
    "signin.py": ["test_stand_ins.py", "test_devices.py", "test_usernames.py"],
    "stored_response.py": ["test_odd_but_legitimate.py", "test_stored_bounds.py"],
    "text.py": ["test_names.py", "test_usernames.py"],
    "throttle.py": ["test_throttle.py", "test_devices.py"],
    "user_handles.py": ["test_odd_but_legitimate.py", "test_authentication_checks.py"],
    **mfa.FIRST,
    "webauthn/errors.py": ["test_registration_checks.py", "test_attestation.py"],
}

# The conditions of each file that raise; each mutant makes one of them never hold.
_CONDITIONS = {
    "attestation.py": [
        'attestation.fmt == "none" and attestation.statement',
        r'value != b"\x04\x10" + attestation.aaguid', "sound is None",
        "leaf.version != x509.Version.v3", 'unit != ["Authenticator Attestation"]',
        "not (len(country) == len(vendor) == len(name) == 1)",
        "leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca",
        "not isinstance(chain, list) or not chain or not isinstance(chain[0], bytes)",
    ],
    "authenticator_data.py": [
        "len(authenticator_data) < 37", 'set(value) != {"fmt", "attStmt", "authData"}',
    ],
    "certificates.py": ["end > len(data)", "oid.content == _AAGUID"],
    "challenges.py": [
        "record.expires_at <= clock.now()", "record.ceremony != ceremony", "record.rp_id != rp_id",
        "record.user_id != user_id",
        "issued_to != (browser and tokens.digest(browser))",
    ],
    "client_data.py": [
        'not isinstance(credential, dict) or not isinstance(credential.get("response"), dict)',
        'not isinstance(client_data.get("challenge"), str)', 'sent.get("type") != "public-key"',
        'raw_id != sent["id"] and from_base64url(raw_id) != decoded',
        "not 1 <= len(decoded) <= 1023",
        'data.get("type") != ceremony_type', 'data.get("origin") not in settings.origins',
        'not isinstance(data.get("crossOrigin", False), bool)',
        "framed and top_origin not in settings.top_origins",
    ],
    "encoding.py": [
        "not isinstance(text, str)", "not any(alphabet.match(text) for alphabet in _ALPHABETS)",
        "len(members) != len(pairs)", "cbor2.dumps(value, canonical=canonical) != data",
    ],
    "changes.py": [
        "disabled and (caller.session_id or caller.api_token)",
        "caller.api_token and caller.api_token != token_digest",
    ],
    "enrolments.py": ["tokens.digest(response.challenge) != bytes(found.challenge_digest)"],
    "passkeys.py": ["not settings.passkeys_enabled"],
    "registration.py": [
        "len(existing) >= settings.max_passkeys_per_user",
        "len(siblings) >= context.settings.max_passkeys_per_user",
    ],
    "public_keys.py": [
        "type(algorithm) is not int or algorithm not in offered",
        "len(key[_X]) != 32 or len(key[_Y]) != 32",
        "len(key[_X]) != 32:", "y >= _P or y in _SMALL_ORDER", "not _on_edwards25519(y)",
        r'key[_N][:1] == b"\0" or not 2048 <= modulus.bit_length() <= 4096 or modulus % 2 == 0',
        "exponent != 65537 or len(key[_E]) != 3",
        "any(type(label) is not int for label in key)"
        " or set(key) != set(fixed) | set(byte_strings)",
        "any(type(key[label]) is not int or key[label] != value for label, value in fixed.items())",
        "any(type(key[label]) is not bytes for label in byte_strings)",
    ],
    "relying_party.py": [
        "verified.credential_id != credential_id",
        "flags.backup_eligible != bool(passkey.backup_eligible)",
    ],
    "stored_response.py": ["not isinstance(sent, list)", "len(text) > _LARGEST"],
    "user_handles.py": [
        "not named and (passkey.discoverable is None or passkey.discoverable)",
        "named is not None and text.username_key(named) != text.username_key(user.username)",
    ],
    "authentication.py": [
        "not browser:", "not USER_ENABLED.one(id=user.id)",
    ],
    "assertions.py": [
        "not credential:", "passkey.rp_id != challenge.rp_id",
        "went_back and not passkey.backup_eligible:",
        "use(shown.passkey, shown.assertion) and not shown.passkey.backup_eligible:",
    ],
    "setup_codes.py": ["needed(settings) and not good.exists()"],
    "password_policy.py": [
        "not text.username_key(password)",
        "text.username_key(password) == text.username_key(username)",
        "_is_common(password) or _is_listed(password, settings.password_blocklist)",
    ],
    "text.py": ["not text", "len(text) > longest"],
}  # fmt: skip

# Parts of conditions, calls and values.
_PARTS = [
    ("attestation.py", 'in ("packed", "tpm")', 'in ("packed",)'),
    ("attestation.py", 'in ("packed", "tpm")', 'in ("tpm",)'),
    ("attestation.py", "return verify(sound), str(error)[:500]", "return verify(sound), ''"),
    ("attestation.py", 'in ("packed", "tpm", "fido-u2f")', 'in ("packed", "tpm")'),
    ("attestation.py", "_check_form(attestation)\n        return verify", "return verify"),
    (
        "attestation.py",
        "_of_sound_form(attestation)\n        if",
        "None\n        if",
    ),
    ("certificates.py", "if parts[0].tag == _VERSION:", "if True:"),
    ("authenticator_data.py", "_CTAP2_ED25519 + rest", "_FIREFOX_ED25519 + rest"),
    ("authenticator_data.py", "_encoded(fmt, statement, repaired)", "data"),
    ("authenticator_data.py", '_encoded("none", {}, self.authenticator_data)', "self.encoded"),
    ("attestation.py", "not isinstance(chain, list) or not chain or ", ""),
    ("authenticator_data.py", "    refuse_tags(", "    len("),
    ("authenticator_data.py", "isinstance(fmt, str)\n        and ", ""),
    ("authenticator_data.py", "\n        and isinstance(statement, dict)", ""),
    ("authenticator_data.py", "\n        and isinstance(authenticator_data, bytes)", ""),
    ("authenticator_data.py", "bool(bits & _USER_VERIFIED)", "True"),
    ("authenticator_data.py", "bool(bits & _BACKUP_ELIGIBLE)", "False"),
    ("authenticator_data.py", "if bits & _ATTESTED else 37", ""),
    ("challenges.py", "record.expires_at <= clock.now()", "record.expires_at < clock.now()"),
    ("challenges.py", "secrets.token_bytes(32)", "secrets.token_bytes(16)"),
    (
        "client_data.py",
        'data.get("crossOrigin") or top_origin is not None',
        "top_origin is not None",
    ),
    (
        "client_data.py",
        'data.get("crossOrigin") or top_origin is not None',
        'data.get("crossOrigin")',
    ),
    ("client_data.py", "top_origin is not None", "top_origin"),
    ("client_data.py", "top_origin not in settings.top_origins", "not settings.top_origins"),
    ("client_data.py", "1 <= len(decoded) <= 1023", "1 <= len(decoded)"),
    ("client_data.py", "1 <= len(decoded) <= 1023", "len(decoded) <= 1023"),
    ("client_data.py", "1 <= len(decoded) <= 1023", "1 <= len(decoded) < 1023"),
    ("encoding.py", "[AQgw]", "[A-Za-z0-9]"),
    ("encoding.py", "[AEIMQUYcgkosw048]", "[A-Za-z0-9]"),
    ("encoding.py", '("_-", "+/")', '("_-",)'),
    ("encoding.py", '("_-", "+/")', '("_+/-",)'),
    ("encoding.py", "(?:==)?", ""),
    ("encoding.py", "(?:==)?", "=*"),
    ("encoding.py", "]=?)?", "])?"),
    ("encoding.py", ".translate(_TO_BASE64)", ""),
    (
        "client_data.py",
        'raw_id != sent["id"] and from_base64url(raw_id) != decoded',
        'raw_id != sent["id"]',
    ),
    ("encoding.py", '"utf-8-sig"', '"utf-8"'),
    ("encoding.py", ", parse_constant=_no_constant", ""),
    ("encoding.py", "allow_duplicate_keys=False, **_WITHOUT_TAGS", "allow_duplicate_keys=False"),
    ("encoding.py", "read_size=1, **_WITHOUT_TAGS", "read_size=1"),
    ("encoding.py", ", canonical=canonical)", ")"),
    (
        "enrolments.py",
        "clock.now():\n        raise EnrolmentExpired",
        "0:\n        raise EnrolmentExpired",
    ),
    ("enrolments.py", "clock.now():\n        return", "0:\n        return"),
    (
        "enrolments.py",
        'return "failed" if enrolment.attempts else "unverified"',
        'return "unverified"',
    ),
    ("enrolments.py", "Enrolment.attempts + 1", "Enrolment.attempts"),
    (
        "passkeys.py",
        "Enrolment.id == enrolment_id, Enrolment.user == user.id",
        "Enrolment.id == enrolment_id",
    ),
    ("enrolments.py", "_keep_newest(user, besides=record.id)", "pass"),
    ("enrolments.py", "challenges.withdraw([bytes(enrolment.challenge_digest)])", "pass"),
    (
        "enrolments.py",
        "challenges.withdraw([bytes(row.challenge_digest) for row in query.execute()])",
        "query.execute()",
    ),
    (
        "enrolments.py",
        "Enrolment.created_at.desc(), Enrolment.id.desc()",
        "Enrolment.created_at, Enrolment.id",
    ),
    (
        "enrolments.py",
        "Enrolment.user == user.id, Enrolment.id != besides, Enrolment.id.not_in",
        "Enrolment.id.not_in",
    ),
    ("enrolments.py", "passkeys.valid_name(name)", "name"),
    ("enrolments.py", ", found.name, context", ", None, context"),
    ("enrolments.py", ", enrolment_id=found.id", ""),
    ("enrolments.py", "if isinstance(found, PasskeyRecord):", "if False:"),
    ("registration.py", "if enrolment_id and not ended.execute():", "if False:"),
    ("registration.py", "name = passkeys.valid_name(name)\n", "pass\n"),
    ("registration.py", "except IntegrityError", "except ZeroDivisionError"),
    (
        "registration.py",
        'text.numbered(row["name"], {each.name for each in siblings})',
        'row["name"]',
    ),
    ("stored_response.py", " and len(each) <= _LONGEST_TRANSPORT", ""),
    ("stored_response.py", "[:_MOST_TRANSPORTS]", ""),
    ("stored_response.py", "isinstance(each, str) and ", ""),
    ("stored_response.py", "known = attachment in _ATTACHMENTS", "known = bool(attachment)"),
    ("stored_response.py", "isinstance(outputs, dict) and ", ""),
    ("public_keys.py", "cbor_map(cose_key, canonical=True)", "cbor_map(cose_key)"),
    ("public_keys.py", "EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()", "pass"),
    ("public_keys.py", "y >= _P or ", ""),
    ("public_keys.py", " or y in _SMALL_ORDER", ""),
    ("public_keys.py", "{0, 1, _P - 1, _ORDER_8, _P - _ORDER_8}", "{0, 1, _P - 1, _ORDER_8}"),
    ("public_keys.py", r'key[_N][:1] == b"\0" or ', ""),
    ("public_keys.py", " or modulus % 2 == 0", ""),
    (
        "public_keys.py",
        "2048 <= modulus.bit_length() <= 4096",
        "2047 <= modulus.bit_length() <= 4096",
    ),
    (
        "public_keys.py",
        "2048 <= modulus.bit_length() <= 4096",
        "2048 <= modulus.bit_length() <= 4097",
    ),
    ("public_keys.py", "exponent != 65537 or ", "exponent % 2 == 0 or "),
    ("public_keys.py", "any(type(label) is not int for label in key) or ", ""),
    ("public_keys.py", "type(key[label]) is not int or ", ""),
    ("public_keys.py", "type(algorithm) is not int or ", ""),
    ("relying_party.py", "not flags.user_verified:  # step 16", "False:"),
    ("relying_party.py", "not flags.user_verified:  # step 17", "False:"),
    ("relying_party.py", "attestation.check(attested)", "pass"),
    (
        "relying_party.py",
        "public_keys.check(attested.embedded_key(len(verified.credential_public_key)))",
        "pass",
    ),
    (
        "relying_party.py",
        "attested.embedded_key(len(verified.credential_public_key))",
        "verified.credential_public_key",
    ),
    (
        "relying_party.py",
        "user_handles.check(response, passkey, user, named=named is not None)",
        "pass",
    ),
    ("relying_party.py", "named=named is not None", "named=True"),
    ("relying_party.py", "user_handles.check_name(named, user)", "pass"),
    ("user_handles.py", "elif response", "if False and response"),
    ("user_handles.py", 'in (None, "")', "is None"),
    ("user_handles.py", "passkey.discoverable is None or ", ""),
    ("user_handles.py", "not named and ", ""),
    ("authentication.py", "named = (attempt and attempt.identifier) or None", "named = None"),
    ("stored_response.py", "told if isinstance(told, bool) else None", "bool(told)"),
    (
        "stored_response.py",
        "identifier = base64url(verified.credential_id)",
        'identifier = response.credential["id"]',
    ),
    (
        "relying_party.py",
        "credential_current_sign_count=0",
        "credential_current_sign_count=passkey.sign_count",
    ),
    ("webauthn/errors.py", "except Exception as error", "except ValueError as error"),
    ("webauthn/errors.py", '"[:500]', '"'),
    (
        "relying_party.py",
        "ceremony_type=client_data.CREATE",
        "ceremony_type=response.client_data.get('type')",
    ),
    (
        "relying_party.py",
        "ceremony_type=client_data.GET",
        "ceremony_type=response.client_data.get('type')",
    ),
    (
        "check_value.py",
        "except SealBroken:\n        return False",
        "except SealBroken:\n        pass",
    ),
    ("check_value.py", "is not None", "is None"),
    ("facts.py", "if read(name) != value:", "if True:"),
    ("sealing.py", "os.urandom(_NONCE)", "bytes(_NONCE)"),
    ("sealing.py", "sealed[:1] != _VERSION or ", ""),
    ("sealing.py", " or len(encrypted) < _TAG", ""),
    ("sealing.py", ' {place.table}.{place.column}".encode()', '".encode()'),
    ("sealing.py", '_VERSION + "\\0".join(place)', '_VERSION + "\\0".join(place[:2])'),
    ("sealing.py", "except InvalidTag", "except ZeroDivisionError"),
    ("api_tokens.py", "Place.of(User.token_sealed, user_id)", 'Place.of(User.token_sealed, "")'),
    ("signing_keys.py", "if current := _current():", "if current := None:"),
    ("signing_keys.py", "    _current() or _make(service.seal)\n    since", "    since"),
    ("signing_keys.py", "not check_value.opens(service.seal)", "False"),
    ("signing_keys.py", "current and current.id != row.id", "False"),
    (
        "signing_keys.py",
        "Place.of(SigningKey.private_sealed, key_id)",
        'Place.of(SigningKey.private_sealed, "")',
    ),
    ("signing_keys.py", " | (SigningKey.retired_at > since)", ""),
    (
        "signing_keys.py",
        "SigningKey.retired_at.is_null() | (SigningKey.retired_at > since)",
        "True",
    ),
    ("signing_keys.py", "seal.close(pem.decode(), _place(key_id))", "pem"),
    ("signing_keys.py", "except SealBroken as error", "except ZeroDivisionError as error"),
    ("assertions.py", "bool(count or stored) and count <= stored", "count <= stored"),
    (
        "assertions.py",
        "went_back = bool(count or stored) and count <= stored",
        "bool(count) and count <= stored",
    ),
    ("assertions.py", "bool(count or stored) and count <= stored", "count < stored"),
    ("authentication.py", "if went_back:", "if False:"),
    ("authentication.py", "if result is None:", "if False:"),
    ("assertions.py", "sign_count=max(count, stored)", "sign_count=count"),
    ("assertions.py", "backed_up=assertion.backed_up", "backed_up=passkey.backed_up"),
    ("assertions.py", "user_verified=self.assertion.user_verified", "user_verified=True"),
    (
        "authentication.py",
        "refused = went_back and not passkey.backup_eligible",
        "refused = went_back",
    ),
    ("authentication.py", "refused = went_back and not passkey.backup_eligible", "refused = False"),
    ("sign_in_attempts.py", ", SignIn.expires_at > clock.now()", ""),
    ("sign_in_attempts.py", " or attempt.id != attempt_id", ""),
    (
        "sign_in_attempts.py",
        "SignIn.delete().where(SignIn.id << database.unlocked(own)).execute()\n    SignIn.insert",
        "SignIn.insert",
    ),
    ("sign_in_attempts.py", "SignIn.browser_digest == tokens.digest(browser), ", ""),
    ("devices.py", 'f"{user_id}\\0{token}"', "token"),
    ("devices.py", "since=clock.now() - LIFETIME", "since=0"),
    ("devices.py", "        _keep_latest(user_id)\n", ""),
    ("devices.py", "Device.used_at.desc()", "Device.used_at"),
    ("devices.py", ", Device.digest != kept", ""),
    ("devices.py", "Device.user == user_id, Device.digest != kept", "Device.digest != kept"),
    ("password_policy.py", " or _is_listed(password, settings.password_blocklist)", ""),
    ("password_policy.py", "normal(normal(password).casefold())", "normal(password)"),
    ("password_policy.py", "_folded(password).strip()", "_folded(password)"),
    ("password_policy.py", "normal(password).encode", "password.encode"),
    ("password_policy.py", "low = middle + 1", "low = middle + 60"),
    ("password_policy.py", "except OSError", "except ZeroDivisionError"),
    ("signin.py", "return own or drawn", "return own"),
    ("signin.py", "tokens.digest(key))  # whether", 'b"")  # whether'),
    ("signin.py", " and row.disabled_at is None else None", " else None"),
    ("signin.py", "for key in keys if key in found", "for key in keys[::-1] if key in found"),
    ("signin.py", ", device=devices.known(user_id, context=context)", ""),
    ("throttle.py", "return [*counted, *own]", "return counted"),
    ("throttle.py", "row.count >= limit.free", "row.count > limit.free"),
    ("throttle.py", "row.expires_at > now and row.count >= limit", "row.count >= limit"),
    ("throttle.py", "memory=60 * clock.MINUTE", "memory=clock.DAY"),
    ("throttle.py", ", shared=True", ""),
    ("throttle.py", "left <= delay + _APART", "left <= delay"),
    ("throttle.py", "is not None and delay else 0", "is not None else 0"),
    ("text.py", " if not _is_invisible(character)", ""),
    ("text.py", 'unicodedata.category(character) == "Cf" or bool', "bool"),
    ("text.py", " or bool(_INVISIBLE.match(character))", ""),
    ("text.py", 'return unicodedata.normalize("NFKC", older), ', "return username_key(text), "),
    ("text.py", 'unicodedata.normalize("NFC", text).strip()', 'unicodedata.normalize("NFC", text)'),
    ("text.py", 'unicodedata.normalize("NFC", text).strip()', "text.strip()"),
    ("text.py", " or character in _BIDIRECTIONAL", ""),
    ("text.py", "unicodedata.category(character) in _NEVER or ", ""),
    ("text.py", "longest - len(suffix)", "longest"),
]

MUTATIONS = [
    *(
        Mutation(file, f"if {each}", "if False" + ":" * each.endswith(":"))
        for file, several in _CONDITIONS.items()
        for each in several
    ),
    *(Mutation(*each) for each in (*_PARTS, *mfa.PARTS)),
]


def main(wanted: str = "") -> int:
    """Run the mutants whose file or text contains `wanted`; return the exit code."""
    stale = [each for each in MUTATIONS if not _applies(each)]
    for each in stale:
        print(f"no longer applies: {each.file}: {each.text!r}")
    chosen = [each for each in MUTATIONS if wanted in f"{each.file} {each.text}"]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder) / "tree"  # one copy for all: the working tree may change
        for name in ("app", "templates", "static", "tests"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, tree / name, ignore=ignored)
        shutil.copy(ROOT / "setup.cfg", tree)
        if not _run(tree, _REST):  # it also compiles the tree, for the copies to use
            print("The tests fail without any mutation; fix that first.")
            return 1
        survivors = 0
        with ThreadPoolExecutor(_WORKERS) as pool:
            results = pool.map(lambda each: _passes(tree, each), chosen)
            for each, survived in zip(chosen, results, strict=True):
                survivors += survived
                if survived:
                    said = f"{each.file}: {each.text!r} -> {each.replacement!r}"
                    print(f"survived: {said}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants killed")
    return 1 if survivors or stale else 0


def _path(mutation: Mutation, tree: Path) -> Path:
    [path] = (tree / "app/core").rglob(mutation.file)
    return path


def _applies(mutation: Mutation) -> bool:
    """Return whether the text stands in its file once, and the mutant is a program."""
    source = _path(mutation, ROOT).read_text()
    try:
        ast.parse(source.replace(mutation.text, mutation.replacement, 1))
    except SyntaxError:
        return False
    return source.count(mutation.text) == 1


def _passes(tree: Path, mutation: Mutation) -> bool:
    """Return whether the tests pass with this mutation in a copy of the tree."""
    first = [f"{_TESTS}/{name}" for name in _FIRST[mutation.file]]
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(shutil.copytree(tree, folder, dirs_exist_ok=True))
        path = _path(mutation, copy)
        path.write_text(path.read_text().replace(mutation.text, mutation.replacement, 1))
        return _run(copy, first) and _run(copy, [name for name in _REST if name not in first])


def _run(folder: Path, tests: list[str]) -> bool:
    options = ["-x", "-qq", "-p", "no:cacheprovider", "-p", "no:xdist"]
    options += ["-m", "not slow", "-k", "not postgresql"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    result = subprocess.run(command, cwd=folder, capture_output=True, timeout=600)
    if result.returncode not in (0, 1):
        output = result.stdout.decode()[-2000:] + result.stderr.decode()[-2000:]
        raise RuntimeError(f"{folder}: {output}")
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
