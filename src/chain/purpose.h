/*
 * What a keystore, or an entry of it, is for: what counts as a fault depends on it.
 */
#ifndef KSX_CHAIN_PURPOSE_H
#define KSX_CHAIN_PURPOSE_H

enum ks_purpose {
    KS_PURPOSE_AUTO, /* key entries: a server's; a store without keys: a truststore */
    KS_PURPOSE_SERVER,
    KS_PURPOSE_CLIENT, /* a key that authenticates a client (mutual TLS) */
    KS_PURPOSE_CA,     /* a key that signs certificates: no host names, no server usage */
    KS_PURPOSE_TRUST,  /* a truststore: what it anchors is what counts */
};

#endif
