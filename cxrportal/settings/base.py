"""Settings shared by every way of running the portal.

The environment is read here and nowhere else; each variable is a row of the table in README.md.
"""

from __future__ import annotations

from pathlib import Path

import environ
from csp.constants import NONE, SELF

from cxrportal.settings.build import static_build

env: environ.Env = environ.Env()
BASE_DIR = Path(__file__).resolve().parents[2]
env.read_env(env.str("ENV_FILE", str(BASE_DIR / ".env")))
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()

CODE_VERSION = env.str("CODE_VERSION", "0.1.0")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "cxrportal.urls"
WSGI_APPLICATION = "cxrportal.wsgi.application"
ASGI_APPLICATION = "cxrportal.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "storages",
    "cxrportal.accounts",
    "patients",
    "cases",
    "inference",
    "annotations",
    "cxrportal.demo",
    "cxrportal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "cxrportal.accounts.middleware.IdleTimeoutMiddleware",
    "cxrportal.accounts.middleware.UserTimeZoneMiddleware",
    "cxrportal.accounts.middleware.SecondFactorMiddleware",
    "cxrportal.common.pages.PortalErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cxrportal.common.pages.portal_context",
            ],
        },
    },
]

# --- database: SQLite in write-ahead mode by default, PostgreSQL by DATABASE_URL -----------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/db.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE_S", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- queue: an embedded file-system broker by default, Redis or RabbitMQ by BROKER_URL -----------
CELERY_BROKER_URL = env.str("BROKER_URL", "filesystem://")
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_URL = "filesystem://localhost//"  # without a host, of no use here, kombu warns
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker" / "messages"),
        "data_folder_out": str(DATA_DIR / "broker" / "messages"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
        "store_processed": False,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = (
    False  # the sweep re-enqueues by lease; never redeliver a poison task
)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 120
CELERY_TASK_DEFAULT_QUEUE = "ingest"
CELERY_TASK_ROUTES = {
    "cases.tasks.*": {"queue": "ingest"},
    "inference.tasks.*": {"queue": "inference"},
    "annotations.tasks.*": {"queue": "ingest"},
    "annotations.exploring.tasks.*": {"queue": "export"},
    "annotations.extracting.tasks.*": {"queue": "export"},
    "annotations.importing.tasks.*": {"queue": "export"},
    "annotations.releases.tasks.*": {"queue": "export"},
    "annotations.retraining.tasks.*": {"queue": "training"},
    "cxrportal.tasks.*": {"queue": "ingest"},
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = (
    False  # a broker that is down must not hold an upload; the sweep nudges later
)
CELERY_TIMEZONE = "UTC"

LEASE_S = env.int("LEASE_S", 30)
HEARTBEAT_S = env.int("HEARTBEAT_S", 5)
SWEEP_S = env.int("SWEEP_S", 10)
MAX_ATTEMPTS = env.int("MAX_ATTEMPTS", 3)
EXTRACTION_DAYS = env.int("EXTRACTION_DAYS", 14)
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "cxrportal.tasks.sweep_task",
        "schedule": SWEEP_S,
        "options": {"expires": SWEEP_S},
    },
}

# --- cache: rate limits and one-use codes; shared where a cache is named --------------------------
CACHE_URL = env.str("CACHE_URL", CELERY_BROKER_URL if "redis" in CELERY_BROKER_URL else "")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
        if CACHE_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# --- files: local disk by default, S3-compatible storage by S3_BUCKET ----------------------------
S3_BUCKET = env.str("S3_BUCKET", "")
MEDIA_ROOT = DATA_DIR / "media"
STATIC_ROOT = DATA_DIR / "static"
STATIC_BUILD = static_build(BASE_DIR / "static", env.str("STATIC_BUILD", ""))
STATIC_URL = f"/static/{STATIC_BUILD}/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": (
        {
            "BACKEND": "cxrportal.common.storage.DurableS3Storage",
            "OPTIONS": {
                "bucket_name": S3_BUCKET,
                "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
                "access_key": env.str("S3_ACCESS_KEY", "") or None,
                "secret_key": env.str("S3_SECRET_KEY", "") or None,
                "default_acl": None,
                "querystring_auth": True,
                "file_overwrite": True,
            },
        }
        if S3_BUCKET
        else {
            "BACKEND": "cxrportal.common.storage.DurableFileSystemStorage",
            "OPTIONS": {"location": str(MEDIA_ROOT), "base_url": None},
        }
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31_536_000  # safe: every path holds the build's hash
WHITENOISE_USE_FINDERS = False

# --- uploads and decoding ------------------------------------------------------------------------
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_MB", 300) * 1024 * 1024
DECODE_MEMORY_BYTES = env.int("DECODE_MEMORY_MB", 2048) * 1024 * 1024
DECODE_TIME_S = env.int("DECODE_TIME_S", 60)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = env.str("UPLOAD_TEMP_DIR", "") or None
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- inference -----------------------------------------------------------------------------------
MODEL_DIR = DATA_DIR / "models"
TRAINING_DIR = DATA_DIR / "training"
TRAINING_THREADS = env.int("TRAINING_THREADS", 0)
INFERENCE_DEVICE = env.str("INFERENCE_DEVICE", "auto")
INFERENCE_THREADS = env.int("INFERENCE_THREADS", 1)
INFERENCE_RUNTIME = env.str("INFERENCE_RUNTIME", "auto")
MODEL_PULL_MAX_BYTES = env.int("MODEL_PULL_MAX_MB", 1024) * 1024 * 1024
MODEL_CA_FILE = env.str("MODEL_CA_FILE", "")

# --- people --------------------------------------------------------------------------------------
INSTITUTION_NAME = env.str("INSTITUTION_NAME", "CXR Portal")
REPORT_PAPER = env.str("REPORT_PAPER", "A4")
IDLE_TIMEOUT_S = env.int("IDLE_TIMEOUT_S", 900)
REAUTHENTICATION_S: int = env.int("REAUTHENTICATION_S", 120)
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard:home"
LOGOUT_REDIRECT_URL = "account_login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "cxr-portal@localhost")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

# --- what a browser may do -----------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cxrportal.common.pages.csrf_failure"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}

from cxrportal.settings.accounts import *  # noqa: E402, F403
from cxrportal.settings.api import *  # noqa: E402, F403
