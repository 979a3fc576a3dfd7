"""Files too large for one request: boto3's transfer sends and copies them in parts."""

from __future__ import annotations

from typing import Any

from publisher.errors import Refused, Unavailable
from publisher.model import File
from publisher.s3_connection import Place

MEGABYTE = 1024 * 1024
LARGE_FILE = 64 * MEGABYTE
# One COPY may take 5 GiB, but answers only at its end: parts keep it shorter than the time limit.
LARGE_COPY = 1024 * MEGABYTE


def put_large(client: Any, place: Place, path: str, content: str, file: File) -> str:
    """Send the file at content in parts, each with a checksum, at most four in memory. Returns the ETag."""
    from boto3.s3.transfer import TransferConfig

    config = TransferConfig(
        multipart_threshold=LARGE_FILE, multipart_chunksize=8 * MEGABYTE, max_concurrency=2, max_io_queue=2
    )
    key = place.prefix + path
    with _worded(path):
        client.upload_file(content, place.bucket, key, ExtraArgs=_described(file), Config=config)
        return str(client.head_object(Bucket=place.bucket, Key=key)["ETag"])


def copy_large(
    client: Any, place: Place, source: str, path: str, file: File, *, etag: str, origin: Place
) -> str | None:
    """Copy on the host in parts, from the place of origin. Returns the ETag, None when the source is gone or another
    copy than the one with this mark ("": any)."""
    from botocore.exceptions import ClientError

    key = place.prefix + path
    condition = {"CopySourceIfMatch": etag} if etag else {}
    with _worded(path):
        try:
            client.copy(
                {"Bucket": origin.bucket, "Key": origin.prefix + source},
                place.bucket,
                key,
                ExtraArgs={"MetadataDirective": "REPLACE", **_described(file), **condition},
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 412):
                return None
            raise
        return str(client.head_object(Bucket=place.bucket, Key=key)["ETag"])


def _described(file: File) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "ContentType": file.headers.content_type,
        "CacheControl": file.headers.cache_control,
        "Metadata": {"sha256": file.sha256},
    }
    if file.headers.content_encoding:
        arguments["ContentEncoding"] = file.headers.content_encoding
    if file.headers.tag:
        arguments["Metadata"]["cache-tag"] = file.headers.tag
    return arguments


class _worded:
    """boto3's errors as ours."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            raise Refused(f"The host refused {self._path}: {error}") from error
        if isinstance(error, Boto3Error | BotoCoreError | ClientError):
            raise Unavailable(f"Sending {self._path} failed: {error}. Publish again.") from error
