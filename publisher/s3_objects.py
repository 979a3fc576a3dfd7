"""Objects of a bucket under one prefix: read, write on a condition, copy, list, delete."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from html import escape, unescape
from itertools import batched
from typing import Any
from urllib.parse import quote, unquote, urlencode

from publisher.contract import ABSENT, Entry, Stored
from publisher.errors import Conflict, Refused
from publisher.model import File, Headers
from publisher.s3_connection import Place
from publisher.wire import Wire

DELETE_AT_ONCE = 1000
_CONTENTS = re.compile(r"<Contents>(.*?)</Contents>", re.DOTALL)
_NEXT = re.compile(r"<NextContinuationToken>([^<]*)</NextContinuationToken>")
_ERROR = re.compile(r"<Error>.*?<Key>([^<]*)</Key>.*?<Code>([^<]*)</Code>", re.DOTALL)
_SHA_KEY = "x-amz-meta-sha256"
_TAG_KEY = "x-amz-meta-cache-tag"


class Objects:
    """Keys are relative to the place. Every request goes over the wire."""

    def __init__(self, wire: Wire, place: Place, *, checksums: bool) -> None:
        """checksums: send x-amz-checksum-sha256 too; the signed hash of the content is sent and checked in any case."""
        self._wire = wire
        self._place = place
        self._checksums = checksums

    def get(self, key: str) -> Stored | None:
        """An object with its ETag, or None."""
        answer = self._wire.send("GET", self._place.prefix + key, accept=(404,))
        if answer.status == 404:
            if answer.code == "NoSuchBucket":
                raise Refused(f"There is no bucket {self._place.bucket}. Check its name.")
            return None
        return Stored(body=answer.body, version=answer.headers.get("etag", ""), now=self._wire.now())

    def put_record(self, key: str, body: bytes, expect: str | None) -> str:
        """Write a small object, on a condition if asked, and return its ETag. Raises Conflict."""
        headers = {"Content-Type": "application/octet-stream", "Cache-Control": "no-store"}
        condition = {} if expect is None else {"If-None-Match": "*"} if expect == ABSENT else {"If-Match": expect}
        digest = hashlib.sha256(body).hexdigest()
        # 501: the host knows no conditions; the claim then says that it cannot be relied on.
        for extra in (condition, {}):
            answer = self._wire.send(
                "PUT",
                self._place.prefix + key,
                headers=headers | extra,
                body=body,
                sha256=digest,
                accept=(404, 409, 412, 501),
            )
            if answer.status != 501:
                break
        if answer.code == "NoSuchBucket":
            raise Refused(f"There is no bucket {self._place.bucket}. Check its name.")
        if answer.status in (404, 409, 412):
            raise Conflict(key)
        return _mark(answer.headers.get("etag", ""))

    def put_file(self, key: str, content: bytes | str, file: File) -> str:
        """Write a file with its headers, the hash checked by the host. content: its bytes or path. Returns the ETag."""
        headers = _described(file)
        if self._checksums:
            headers["x-amz-checksum-sha256"] = base64.b64encode(bytes.fromhex(file.sha256)).decode()
        answer = self._wire.send("PUT", self._place.prefix + key, headers=headers, body=content, sha256=file.sha256)
        said = answer.headers.get("x-amz-checksum-sha256")
        if said and self._checksums and said != headers["x-amz-checksum-sha256"]:
            raise Refused(f"The host stored something else than was sent for {key}. Publish again with --verify.")
        return _mark(answer.headers.get("etag", ""))

    def copy(
        self, source: str, key: str, *, file: File | None, etag: str = "", origin: Place | None = None
    ) -> str | None:
        """Copy on the host, from the place of origin if it is another; with a file its headers replace the old ones.
        Returns the ETag, None when the source is gone or (with etag) is another copy than this one."""
        place = origin or self._place
        headers = {"x-amz-copy-source": quote(f"/{place.bucket}/{place.prefix}{source}", safe="/-_.~")}
        if file is not None:
            headers |= {"x-amz-metadata-directive": "REPLACE", **_described(file)}
        if etag:
            headers["x-amz-copy-source-if-match"] = etag
        answer = self._wire.send("PUT", self._place.prefix + key, headers=headers, accept=(404, 412))
        if answer.status in (404, 412):
            return None
        found = re.search(rb"<ETag>([^<]*)</ETag>", answer.body)
        return _mark(unescape(found.group(1).decode())) if found else ""

    def head(self, key: str) -> File | None:
        """What stands there: hash (as the host computed it, else as it was noted), headers and ETag."""
        answer = self._wire.send(
            "HEAD", self._place.prefix + key, headers={"x-amz-checksum-mode": "ENABLED"}, accept=(404,)
        )
        if answer.status == 404:
            return None
        said = answer.headers
        return File(
            sha256=_hash(said),
            size=int(said.get("content-length", "0")),
            headers=Headers(
                said.get("content-type", ""),
                said.get("cache-control", ""),
                said.get("content-encoding", "").removeprefix("aws-chunked").strip(","),
                said.get(_TAG_KEY, ""),
            ),
            etag=_mark(said.get("etag", "")),
        )

    def listing(self, prefix: str) -> Iterator[Entry]:
        """Everything below a prefix, a thousand an answer, in whatever order the host has."""
        token = ""
        while True:
            query = {"list-type": "2", "encoding-type": "url", "prefix": self._place.prefix + prefix}
            if token:
                query["continuation-token"] = token
            answer = self._wire.send("GET", "", query=urlencode(sorted(query.items()), quote_via=quote, safe=""))
            text = answer.body.decode("utf-8")
            encoded = "<EncodingType>url</EncodingType>" in text
            for block in _CONTENTS.findall(text):
                yield self._entry(block, encoded)
            following = _NEXT.search(text)
            if following is None:
                return
            token = unescape(following.group(1))

    def _entry(self, block: str, encoded: bool) -> Entry:
        values = {tag: unescape(value) for tag, value in re.findall(r"<(\w+)>([^<]*)</\1>", block)}
        key = unquote(values["Key"].replace("+", " ")) if encoded else values["Key"]
        return Entry(
            path=key.removeprefix(self._place.prefix),
            size=int(values["Size"]),
            etag=_mark(values["ETag"]),
            modified=datetime.fromisoformat(values["LastModified"]).timestamp(),
        )

    def delete(self, keys: Collection[str]) -> None:
        """Delete objects, a thousand a request. Raises Refused when one was refused."""
        for some in batched(keys, DELETE_AT_ONCE):
            keys_there = (escape(self._place.prefix + key, quote=False) for key in some)
            names = "".join(f"<Object><Key>{key}</Key></Object>" for key in keys_there)
            body = (
                f'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>{names}</Delete>'.encode()
            )
            md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
            answer = self._wire.send(
                "POST",
                "",
                query="delete=",
                headers={"Content-MD5": md5, "Content-Type": "application/xml"},
                body=body,
                sha256=hashlib.sha256(body).hexdigest(),
            )
            refused = _ERROR.search(answer.body.decode("utf-8", "replace"))
            if refused:
                raise Refused(
                    f"The host refused to delete {unescape(refused.group(1))}: {refused.group(2)}. "
                    "All else is done; do the same again when that is put right, and the deletions are made up for."
                )


def _mark(etag: str) -> str:
    """An ETag in quotation marks, which some hosts leave out in some answers."""
    return f'"{etag.strip(chr(34))}"' if etag else ""


def _described(file: File) -> dict[str, str]:
    """The request headers that give an object its headers."""
    headers = {"Content-Type": file.headers.content_type, "Cache-Control": file.headers.cache_control}
    if file.headers.content_encoding:
        headers["Content-Encoding"] = file.headers.content_encoding
    if file.headers.tag:
        headers[_TAG_KEY] = file.headers.tag
    headers[_SHA_KEY] = file.sha256
    return {name: value for name, value in headers.items() if value}


def _hash(said: Mapping[str, Any]) -> str:
    """The SHA-256 that the host computed itself, else the one noted when the object was written."""
    computed = str(said.get("x-amz-checksum-sha256", ""))
    if computed and "-" not in computed:
        return base64.b64decode(computed).hex()
    return str(said.get(_SHA_KEY, ""))
