#!/bin/sh
# The numbers on other processors, as far as this one can act as them: fewer instructions, other kernels, other threads.
#   sh tests/processors.sh             the numerical tests and every notebook, under every setting
#   sh tests/processors.sh --one       the numerical tests under one setting that is not this machine's own
#   sh tests/processors.sh TEST ...    these tests, under every setting
set -u
cd "$(dirname "$0")/.."
make -s setup
rooms="derivation explanation images information language networks representation resnet_vae theory"
tests=$(for room in $rooms; do echo "tests/$room"; done)
settings="ONEDNN_MAX_CPU_ISA=AVX2
ONEDNN_MAX_CPU_ISA=AVX512_CORE
ATEN_CPU_CAPABILITY=avx2
ATEN_CPU_CAPABILITY=default
MKL_ENABLE_INSTRUCTIONS=AVX2 OPENBLAS_CORETYPE=Haswell NPY_DISABLE_CPU_FEATURES=X86_V4,AVX512_ICL,AVX512_SPR
OMP_NUM_THREADS=1
OMP_NUM_THREADS=2
ONEDNN_MAX_CPU_ISA=DEFAULT"
case "${1-}" in
--one) settings="ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 MKL_ENABLE_INSTRUCTIONS=AVX2 OPENBLAS_CORETYPE=Haswell OMP_NUM_THREADS=1" ;;
"") tests="$tests notebooks" ;;
*) tests="$*" ;;
esac
failed=0
while read -r setting; do
  echo "== $setting"
  # shellcheck disable=SC2086 # words, not one string
  env $setting .venv/bin/python -m pytest -q -n auto --maxprocesses 2 --dist loadfile $tests </dev/null || { failed=1 && echo "fails under $setting"; }
done <<END
$settings
END
exit $failed
