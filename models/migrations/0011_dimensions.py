from tortoise import migrations
from erikti.database.constraints import CreateModel
from erikti.database.rollup import Column, Rollup, Tie, Unit
from erikti.database.rollup_operations import Keep
from erikti.database.fields import FixedPoint, Text, Uuid
from models.volunteers import ParticipationRole, VolunteerStatus
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('erikti', '0010_texts_and_lists')]

    initial = False

    operations = [
        CreateModel(
            name='ParticipationsByHours',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('role', fields.CharEnumField(description='', enum_type=ParticipationRole, max_length=12)),
                ('project_id', Uuid()),
                ('hours', FixedPoint(places=1)),
            ],
            options={'table': 'participations_by_hours', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Participations by project and their exact hours, of which the least and most are read.'},
            bases=['Counted'],
        ),
        CreateModel(
            name='ParticipationsByVolunteer',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('volunteer_id', Uuid()),
                ('starts_on', fields.DateField()),
            ],
            options={'table': 'participations_by_volunteer', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Years in which a volunteer took part, with the number of participations that began then.'},
            bases=['Counted'],
        ),
        CreateModel(
            name='VolunteersByHours',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('status', fields.CharEnumField(description='', enum_type=VolunteerStatus, max_length=12)),
                ('silver', fields.BooleanField()),
                ('region_id', Text(max_length=6)),
                ('front_office_id', Uuid(null=True)),
                ('hours_total', FixedPoint(places=1)),
            ],
            options={'table': 'volunteers_by_hours', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Volunteers by their exact hours, of which the least and the most are read.'},
            bases=['CountedPlaces'],
        ),
        CreateModel(
            name='VolunteersByYears',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('status', fields.CharEnumField(description='', enum_type=VolunteerStatus, max_length=12)),
                ('silver', fields.BooleanField()),
                ('region_id', Text(max_length=6)),
                ('registered_on', fields.DateField()),
                ('starts_on', fields.DateField()),
                ('hours_total', FixedPoint(places=1)),
            ],
            options={'table': 'volunteers_by_years', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Volunteers by year of registration, once for each year in which they took part.'},
            bases=['CountedVolunteers'],
        ),
        Keep(
            Rollup(
                table='participations_by_hours',
                base='participations',
                columns=(Column('role'), Column('project_id'), Column('hours'),),
            )
        ),
        Keep(
            Rollup(
                table='participations_by_volunteer',
                base='participations',
                columns=(Column('volunteer_id'), Column('starts_on', unit=Unit.YEAR),),
                linked=True,
            )
        ),
        Keep(
            Rollup(
                table='volunteers_by_hours',
                base='volunteers',
                columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('hours_total'),),
            )
        ),
        Keep(
            Rollup(
                table='volunteers_by_years',
                base='volunteers',
                columns=(Column('status'), Column('silver'), Column('region_id'), Column('registered_on', unit=Unit.YEAR), Column('starts_on'),),
                sums=('hours_total',),
                tie=Tie(table='participations_by_volunteer', owner='volunteer_id', value='starts_on'),
            )
        ),
    ]
