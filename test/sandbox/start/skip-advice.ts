/** A reason in words, and what the reader can do about it. */
export interface Advice {
  readonly what: string;
  readonly todo: string;
}

const adviceByReason: { readonly [reason: string]: Advice } = {
  blocked: {
    what: 'sign-in is blocked in Entra',
    todo: 'unblock the account, and the next cycle invites the person',
  },
  noDeliverableAddress: {
    what: 'no address that mail reaches',
    todo: 'give the person a mail address; a guest or onmicrosoft.com name is none',
  },
  addressRefused: {
    what: 'Dropbox takes no such address',
    todo: 'use plain letters before the @, an ordinary domain, at most 255 characters',
  },
  nameRefused: {
    what: 'Dropbox takes no such name',
    todo: 'at most 50 characters, none of / : ? * < > " \\ |',
  },
  duplicateAddress: {
    what: 'two people claim one address',
    todo: 'leave the address to one of them',
  },
  foreignExternalId: {
    what: 'the member belongs to another provisioner',
    todo: 'when that one has retired, clear the external id in Dropbox',
  },
  ambiguousMatch: {
    what: 'the external id is one member and the address another',
    todo: 'remove one of the two members from the team',
  },
  refusedByDropbox: {
    what: 'Dropbox refuses the invitation',
    todo: 'the person is on another team: they leave it, or get another address',
  },
  groupNameTaken: {
    what: 'the team has a group of that name, and it is not ours',
    todo: 'rename one of the two, or allow adoption with groups.adoptByName',
  },
  duplicateGroupName: {
    what: 'two assigned groups bear one name',
    todo: 'rename one of them in Entra',
  },
  groupNameMissing: { what: 'the group has no name', todo: 'name it in Entra' },
  defaultAccess: {
    what: 'assigned with Default Access only',
    todo: 'assign a real role of the app',
  },
  roleDisabled: {
    what: 'assigned with a role that is switched off',
    todo: 'enable the role, or assign another',
  },
};

/** Advice for a reason code; a code without advice stands for itself. */
export function adviceFor(reason: string): Advice {
  return adviceByReason[reason] ?? { what: reason, todo: 'see the provisioning log' };
}
