"""Make the bucket that S3_BUCKET names where it does not exist yet. Run once by compose.yaml."""

from __future__ import annotations

import os

import boto3
from botocore.exceptions import ClientError

HAVE_IT = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


def main() -> None:
    store = boto3.client(
        "s3",
        endpoint_url=os.environ.get("S3_ENDPOINT_URL") or None,
        aws_access_key_id=os.environ.get("S3_ACCESS_KEY") or None,
        aws_secret_access_key=os.environ.get("S3_SECRET_KEY") or None,
        region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
    )
    try:
        store.create_bucket(Bucket=os.environ["S3_BUCKET"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in HAVE_IT:
            raise


if __name__ == "__main__":
    main()
