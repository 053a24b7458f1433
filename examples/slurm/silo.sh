#!/usr/bin/env bash
# One silo of the job step: started by srun once per task, by study.sbatch. Becomes the silo, so that signals of the step reach it.
set -euo pipefail
# Reachable from the job's other nodes; name the address of a faster network in ATOMSETS_ADDRESS.
address=${ATOMSETS_ADDRESS:-$(hostname -I | cut -d' ' -f1)}
# Jobs that share a node keep apart, below the range of ephemeral ports.
port=$((10000 + (SLURM_JOB_ID * 128 + SLURM_PROCID * 2) % 20000))
# A GPU of the allocation is the only one that its task sees: srun sets CUDA_VISIBLE_DEVICES.
device=()
[ -n "${CUDA_VISIBLE_DEVICES:-}" ] && device=(--device cuda:0 --workers 1)
[ ${#device[@]} -gt 0 ] || device=(--workers "${SLURM_CPUS_PER_TASK:-1}")
export DOTNET_gcServer=0 DOTNET_TieredPGO=0
exec "$ATOMSETS_SILO" --name "job$SLURM_JOB_ID-$SLURM_PROCID" --address "$address" --port "$port" --gateway-port $((port + 1)) "${device[@]}"
