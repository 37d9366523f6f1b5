from django.db import migrations

from cxrportal.common.trigram_index import trigram_index


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_prefix_search")]

    operations = [
        trigram_index(table="patients_patient", column="search_name", name="patient_name_trigram"),
    ]
