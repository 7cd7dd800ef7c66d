// The way people grow it: computed, with secrets from the environment, from .env, and written out.
require('dotenv').config({ path: '.env' });
const path = require('path');
const { execSync } = require('child_process');
const COUNT = Number(process.env.MINERS || 3);
const revision = execSync('echo 1a2b3c4').toString().trim();
console.log('starting', COUNT, 'miners');

const miner = (_, index) => ({
  name: `miner_${index + 1}`,
  script: path.join(__dirname, 'neurons/miner.py'),
  interpreter: path.join(__dirname, '.venv/bin/python'),
  cwd: __dirname,
  args: [
    '--netuid', '428', '--subtensor.network', 'test',
    '--wallet.name', `listings_miner_${index + 1}`, '--wallet.hotkey', `hotkey_${index + 1}`,
    '--axon.port', String(8091 + index),
    '--neuron.database_name', `Miner${index + 1}.sqlite`,
    '--miner_upload_state_file', `upload_utils/state_${index + 1}.json`,
    '--s3_auth_url', 'https://s3-auth.example.org',
  ].join(' '),
  env: {
    ...process.env,
    MINER_EVAL_PERIOD_MINUTES: 5,
    RAPIDAPI_KEY: `rapid-${index + 1}-9f8e7d6c`,
    HF_TOKEN: process.env.HF_TOKEN,
    STORE_URL: 'postgres://listings:pa55word@db.example.org/listings',
    REVISION: revision,
    PRICE: '5$ each',
  },
  restart_delay: 5000,
  max_restarts: 50,
  kill_timeout: 10000,
});

module.exports = {
  apps: [
    ...[...Array(COUNT)].map(miner),
    {
      name: 'validator_1',
      script: 'poetry',
      args: 'run python neurons/validator.py --netuid 428 --subtensor.network test --wallet.name listings_validator --wallet.hotkey default --axon.port 8099 --max_targets 10 --wandb.api_key abcdef0123',
      interpreter: 'none',
      cwd: __dirname,
      env: { ...process.env, MINER_EVAL_PERIOD_MINUTES: 5, RAPIDAPI_KEY: 'rapid-v-9f8e7d6c' },
      env_production: { MINER_EVAL_PERIOD_MINUTES: 60 },
    },
  ],
};
