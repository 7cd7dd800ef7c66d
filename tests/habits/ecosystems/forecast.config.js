// The way a subnet's guide ships it: one miner and one validator, arguments in one line.
module.exports = {
  apps: [
    {
      name: 'forecast miner',
      interpreter: './venv/bin/python3',
      script: './neurons/miner.py',
      args: '--netuid 247 --logging.debug --logging.trace --subtensor.network test --wallet.name cold_a --wallet.hotkey hot_a --axon.port 9101 --blacklist.validator.min_stake 0 --blacklist.validator_exceptions 0 1 8 17',
      env: { PYTHONPATH: '.' },
      max_memory_restart: '1G',
      log_date_format: 'YYYY-MM-DD HH:mm:ss Z',
      error_file: '/var/log/miner-error.log',
    },
    {
      name: 'validator',
      interpreter: './venv/bin/python3',
      script: './neurons/validator.py',
      args: ['--netuid', 247, '--wallet.name=cold_v', '--wallet.hotkey=hot_v', '--subtensor.network', 'test', '--neuron.sample_size', '-1'],
      env: { PYTHONPATH: '.', WANDB_API_KEY: 'b6f0c1d2e3a4958677889900aabbccddeeff0011', FORECAST_HORIZON: 24 },
      cron_restart: '0 */6 * * *',
      instances: 2,
    },
    { name: 'autoupdate', script: './scripts/autoupdate.sh', interpreter: 'bash' },
  ],
};
