/** What Linphone's media are like: a plain phone's, or what browsers ask for (RFC 8827: DTLS-SRTP and ICE; RTCP beside RTP). */
export type Media = "plain" | "as browsers";

/**
 * Linphone's file of settings, for an account over TCP at a port of this machine. `folder` gets the certificate that it makes for DTLS.
 * -2 is its word for a port of the system's choice, and -1 for one at random.
 */
export function linphonerc(user: string, port: number, media: Media, folder: string): string {
  return `[sip]
sip_port=0
sip_tcp_port=-2
sip_tls_port=0
media_encryption=${media === "plain" ? "none" : "dtls"}

[rtp]
audio_rtp_port=-1
rtcp_mux=${media === "plain" ? 0 : 1}

[misc]
user_certificates_path=${folder}

[net]
nat_policy_ref=nat

[nat_policy_0]
ref=nat
protocols=${media === "plain" ? "" : "ice"}

[auth_info_0]
username=${user}
passwd=sipwake
realm=localhost

[proxy_0]
reg_proxy=<sip:127.0.0.1:${port};transport=tcp>
reg_route=<sip:127.0.0.1:${port};transport=tcp>
reg_identity=sip:${user}@localhost
reg_expires=600
reg_sendregister=1
publish=0
`;
}
