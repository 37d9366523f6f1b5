"""Tests: embedded, or on what TEST_DATABASE_URL and TEST_BROKER_URL name."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["ENV_FILE"] = os.devnull  # a developer's .env must not change what the tests prove

from cxrportal.settings.base import *  # noqa: F403
from cxrportal.settings.base import DATABASES, STORAGES, env

SECRET_KEY = "only-for-tests"  # noqa: S105
DATA_DIR = Path(tempfile.mkdtemp(prefix="cxrportal-test-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
MEDIA_ROOT = DATA_DIR / "media"
MODEL_DIR = DATA_DIR / "models"
TRAINING_DIR = DATA_DIR / "training"
STATIC_ROOT = DATA_DIR / "static"
for _folder in (MEDIA_ROOT, MODEL_DIR, TRAINING_DIR, STATIC_ROOT):
    _folder.mkdir()
STORAGES["default"] = {
    "BACKEND": "cxrportal.common.storage.DurableFileSystemStorage",
    "OPTIONS": {"location": str(MEDIA_ROOT), "base_url": None},
}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if env.str("TEST_DATABASE_URL", ""):
    DATABASES["default"] = env.db_url("TEST_DATABASE_URL")
else:
    DATABASES["default"]["NAME"] = str(DATA_DIR / "db.sqlite3")
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
CELERY_BROKER_URL = env.str("TEST_BROKER_URL", "memory://")
CELERY_BROKER_TRANSPORT_OPTIONS = {}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
INFERENCE_RUNTIME = "torch"  # tests of the choice set it themselves
AXES_ENABLED = False  # switched on by the tests of the lockout
