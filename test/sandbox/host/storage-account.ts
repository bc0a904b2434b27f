/** What a storage connection string says; a key or a blob endpoint that is not there is absent. */
export interface StorageAccount {
  readonly name: string;
  readonly key?: string;
  readonly blobEndpoint?: string;
}

/**
 * The emulator's own account, the same on every machine and public:
 * https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
 */
const emulator: StorageAccount = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  blobEndpoint: 'http://127.0.0.1:10000/devstoreaccount1',
};

/** Reads the parts of a connection string that the blob side needs. With a suffix instead of endpoints, the blob endpoint is Azure's. */
export function parseStorageAccount(connectionString: string): StorageAccount {
  const parts = new Map<string, string>();
  for (const part of connectionString.split(';')) {
    const at = part.indexOf('=');
    if (at > 0) parts.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  if (parts.get('usedevelopmentstorage')?.toLowerCase() === 'true') return emulator;
  const name = parts.get('accountname') ?? '';
  const key = parts.get('accountkey');
  const blobEndpoint = readBlobEndpoint(parts, name);
  return {
    name,
    ...(key === undefined ? {} : { key }),
    ...(blobEndpoint === undefined ? {} : { blobEndpoint }),
  };
}

function readBlobEndpoint(parts: ReadonlyMap<string, string>, name: string): string | undefined {
  const endpoint = parts.get('blobendpoint');
  if (endpoint !== undefined) return endpoint.replace(/\/+$/, '');
  if (name === '' || parts.has('queueendpoint') || parts.has('tableendpoint')) return undefined;
  const protocol = parts.get('defaultendpointsprotocol') ?? 'https';
  return `${protocol}://${name}.blob.${parts.get('endpointsuffix') ?? 'core.windows.net'}`;
}
