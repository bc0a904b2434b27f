interface Variables {
  readonly [name: string]: string | undefined;
}

/** Storage by a connection string, or by managed identity; one of the two. */
export function checkStorage(given: Variables): readonly string[] {
  const hasAccount = given['AzureWebJobsStorage__accountName'] !== undefined;
  const hasServices =
    given['AzureWebJobsStorage__queueServiceUri'] !== undefined &&
    given['AzureWebJobsStorage__tableServiceUri'] !== undefined;
  const text = given['AzureWebJobsStorage'];
  if (text !== undefined) return isConnectionString(text) ? [] : [noConnectionString];
  if (hasAccount || hasServices) return [];
  return [
    'AzureWebJobsStorage is missing: set it to a connection string (locally), or set AzureWebJobsStorage__accountName (in Azure)',
  ];
}

const noConnectionString =
  'AzureWebJobsStorage is no connection string: copy one from the storage account (DefaultEndpointsProtocol=…;AccountName=…;AccountKey=…), or set it to UseDevelopmentStorage=true';

/** As far as the SDKs look at it when they take it apart. */
function isConnectionString(text: string): boolean {
  const has = (name: string): boolean => new RegExp(`(^|;)${name}=[^;]`, 'i').test(text);
  return (
    /^UseDevelopmentStorage=true/i.test(text) ||
    (/^DefaultEndpointsProtocol=/i.test(text) && has('AccountName') && has('AccountKey')) ||
    (has('TableEndpoint') && has('SharedAccessSignature'))
  );
}

/** The refresh token comes from Key Vault, or from a setting where Dropbox is an emulator. */
export function checkTokenSource(given: Variables): readonly string[] {
  if (given['DROPBOX_REFRESH_TOKEN'] !== undefined || given['KEY_VAULT_URL'] !== undefined)
    return [];
  return ['KEY_VAULT_URL is missing: set it to the Key Vault that holds the Dropbox refresh token'];
}

/** A literal token is for an emulator. In front of the real service it would be a secret in a setting, so it is refused. */
export function checkLiteralTokens(given: Variables): readonly string[] {
  return [
    ...refuseUnlessLoopback(given, 'GRAPH_ACCESS_TOKEN', ['GRAPH_BASE_URL']),
    ...refuseUnlessLoopback(given, 'DROPBOX_REFRESH_TOKEN', [
      'DROPBOX_API_URL',
      'DROPBOX_TOKEN_URL',
    ]),
  ];
}

function refuseUnlessLoopback(
  given: Variables,
  token: string,
  addresses: readonly string[],
): readonly string[] {
  if (given[token] === undefined) return [];
  const far = addresses.filter((name) => !isLoopback(given[name]));
  if (far.length === 0) return [];
  const remedy =
    token === 'GRAPH_ACCESS_TOKEN'
      ? 'remove it: the managed identity is used'
      : 'remove it and set KEY_VAULT_URL';
  return [
    `${token} is accepted only when ${far.join(' and ')} is on loopback: a token in a setting is a secret where many can read it; ${remedy}`,
  ];
}

/** True for an address on this machine. A name that merely resolves here is not trusted, except localhost. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined || !URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
