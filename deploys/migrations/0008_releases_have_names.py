"""Releases of before: the web host knows them by the key of their build."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("deploys", "0007_releases_and_copies")]

    operations = [
        migrations.RunSQL(
            "UPDATE deploys_release SET host_id = deploys_build.key::text"
            " FROM deploys_build WHERE deploys_build.id = deploys_release.build_id AND host_id = ''",
            migrations.RunSQL.noop,
        )
    ]
