from django.db import migrations

from cxrportal.common.prefix_index import prefix_index


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_triage")]

    operations = [
        prefix_index(table="cases_case", column="accession_number", name="case_accession_prefix"),
    ]
