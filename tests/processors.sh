#!/bin/sh
# The numbers on other processors, as far as this one can act as them: fewer instructions, other kernels, other threads.
#   sh tests/processors.sh             the numerical tests and every notebook, under every setting
#   sh tests/processors.sh --list      the settings, a line each
#   sh tests/processors.sh SETTING     the same under one of them, or another: "NAME=VALUE NAME=VALUE"
#   sh tests/processors.sh --one       the numerical tests alone, under one setting that is not this machine's own
set -u
cd "$(dirname "$0")/.."
far="ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 NPY_DISABLE_CPU_FEATURES=X86_V4 OPENBLAS_CORETYPE=Haswell OMP_NUM_THREADS=1"
settings="ONEDNN_MAX_CPU_ISA=DEFAULT
ONEDNN_MAX_CPU_ISA=AVX2
ONEDNN_MAX_CPU_ISA=AVX512_CORE
ATEN_CPU_CAPABILITY=default
NPY_DISABLE_CPU_FEATURES=X86_V3,X86_V4,AVX512_ICL,AVX512_SPR OPENBLAS_CORETYPE=Haswell
MKL_ENABLE_INSTRUCTIONS=AVX2
OMP_NUM_THREADS=1
OMP_NUM_THREADS=2
$far"
tests="notebooks $(ls -d tests/*/ | grep -v -e /book/ -e /helpers/ -e /runs/ -e /__pycache__/)"
case "${1-}" in
--list) echo "$settings" && exit ;;
--one) settings=$far tests=${tests#notebooks } ;;
?*) settings=$1 ;;
esac
make -s setup
failed=0
while read -r setting; do
  echo "== $setting"
  # shellcheck disable=SC2086 # words, not one string
  env $setting .venv/bin/python -m pytest -q -n auto --maxprocesses 2 --dist loadfile $tests </dev/null ||
    { failed=1 && echo "fails under $setting"; }
done <<END
$settings
END
exit $failed
