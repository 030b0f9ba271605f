"""QR codes of otpauth URIs."""


def png_data_url(uri: str) -> str:
    """Return a QR code as the data URL of a PNG, black on white."""
    from segno import make  # only who turns an authenticator app on needs it

    url: str = make(uri, error="m").png_data_uri(scale=5, border=4)
    return url
