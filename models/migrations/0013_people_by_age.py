from tortoise import migrations
from erikti.database.constraints import CreateModel
from erikti.database.rollup import Column, Parent, Rollup, Unit
from erikti.database.rollup_operations import Keep
from erikti.database.fields import FixedPoint, Text, Uuid
from models.people import Sex
from models.volunteers import VolunteerStatus
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('erikti', '0012_lists_of_consents')]

    initial = False

    operations = [
        CreateModel(
            name='VolunteersByAge',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('status', fields.CharEnumField(description='', enum_type=VolunteerStatus, max_length=12)),
                ('silver', fields.BooleanField()),
                ('region_id', Text(max_length=6)),
                ('front_office_id', Uuid(null=True)),
                ('sex', fields.CharEnumField(null=True, description='', enum_type=Sex, max_length=8)),
                ('birth_date', fields.DateField(null=True)),
                ('hours_total', FixedPoint(places=1)),
            ],
            options={'table': 'volunteers_by_age', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Volunteers by place, and by the sex and the year of birth of their person.'},
            bases=['CountedPlaces'],
        ),
        Keep(
            Rollup(
                table='volunteers_by_age',
                base='volunteers',
                columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('sex', null=True), Column('birth_date', null=True, unit=Unit.YEAR),),
                sums=('hours_total',),
                parent=Parent(table='people', key='person_id', values=('sex', 'birth_date')),
            )
        ),
    ]
