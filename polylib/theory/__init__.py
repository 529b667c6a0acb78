"""What the supplement proves, as numbers: entropy, channels and codes, discrete logarithms, power laws, energy."""

from polylib.theory import channel as channel
from polylib.theory import circle_code as circle_code
from polylib.theory import code_reading as code_reading
from polylib.theory import discrete_log as discrete_log
from polylib.theory import dropout_layers as dropout_layers
from polylib.theory import energy as energy
from polylib.theory import entropy as entropy
from polylib.theory import erasure_codes as erasure_codes
from polylib.theory import power_law as power_law
from polylib.theory import primes as primes
from polylib.theory import rate_distortion as rate_distortion
