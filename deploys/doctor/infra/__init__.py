"""What stands at AWS beside what infra/ makes: domain, certificate, bucket, distribution, DNS, roles, machine.

Everything here only reads. `asked` is what is looked for, `walk` what was found of it so far, `steps` the order; the
other modules look at one kind of thing each. Templates: infra/*.yaml; the way there: docs/setup-aws.md.
"""
