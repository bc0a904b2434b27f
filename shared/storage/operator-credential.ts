import type { TokenCredential } from '@azure/identity';
import { ConfigError } from '../model/errors.ts';

/**
 * Whoever is signed in with the Azure CLI or the Azure Developer CLI on this machine. Throws ConfigError where nobody is. Loaded when it is
 * asked: importing it costs more than the rest of the app together.
 */
export function createOperatorCredential(): TokenCredential {
  return {
    async getToken(scopes, options) {
      const { AzureCliCredential, AzureDeveloperCliCredential, ChainedTokenCredential } =
        await import('@azure/identity');
      const credentials = [new AzureCliCredential(), new AzureDeveloperCliCredential()];
      try {
        return await new ChainedTokenCredential(...credentials).getToken(scopes, options);
      } catch (error) {
        const problem = 'you are not signed in to Azure: run "az login" (or "azd auth login")';
        const reasons = error instanceof Error ? error.message.split('\n') : [String(error)];
        throw new ConfigError([problem, ...reasons]);
      }
    },
  };
}
