"""Ready classes for sources of the kind “Python class”. Each imports what it reads only when it is used."""
