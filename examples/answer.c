/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "answer.h"

#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <string.h>

#define HOP_LIMIT 64
/* Neighbour discovery proves by it that no router has touched the packet. */
#define HOP_LIMIT_NEIGHBOUR 255
#define MAC_GROUP_BIT 0x01
#define TOS_ECN_MASK 0x03
#define IPV6_VERSION 6
#define IPV6_VERSION_SHIFT 4

/* The packet inside one protocol's header: `data` is where that protocol's bytes start. */
struct packet {
	uint8_t *data;
	size_t length;
	size_t capacity;
};

/* One question and its answer. */
struct exchange {
	const struct answer_config *config;
	struct ether_header eth; /* the answer's */
	bool to_group;		 /* the question came to a group of hosts, not to this one's MAC address */
};

/* The pseudo header's sum, which UDP and ICMPv6 checksums begin with. */
typedef uint32_t pseudo_sum_fn(const void *header, uint8_t protocol, size_t length);

static const struct in6_addr solicited_node = {{{0xff, 0x02, [11] = 0x01, [12] = 0xff}}};
static const struct in6_addr all_nodes = {{{0xff, 0x02, [15] = 0x01}}};
static const uint8_t all_nodes_mac[ETH_ALEN] = {0x33, 0x33, 0, 0, 0, 1};
#define SOLICITED_NODE_PREFIX_BYTES 13

static uint32_t sum_add(uint32_t sum, const void *data, size_t bytes)
{
	const uint8_t *at = data;

	for (; bytes > 1; bytes -= 2, at += 2)
		sum += (uint32_t)at[0] << 8 | at[1];
	if (bytes)
		sum += (uint32_t)at[0] << 8;
	return sum;
}

/* In network byte order. 64 KiB of bytes can't overflow the sum. */
static uint16_t sum_finish(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static bool packet_into(struct packet *inner, const struct packet *outer, void *header, size_t bytes)
{
	if (outer->length < bytes)
		return false;
	memcpy(header, outer->data, bytes);
	inner->data = outer->data + bytes;
	inner->length = outer->length - bytes;
	inner->capacity = outer->capacity - bytes;
	return true;
}

static bool mac_is_group(const uint8_t *mac)
{
	return mac[0] & MAC_GROUP_BIT;
}

static size_t arp_answer(const struct exchange *exchange, const struct packet *packet)
{
	const struct in_addr *own = &exchange->config->host.address;
	struct ether_arp arp;
	struct packet rest;

	if (!packet_into(&rest, packet, &arp, sizeof(arp)))
		return 0;
	if (arp.arp_hrd != htons(ARPHRD_ETHER) || arp.arp_pro != htons(ETHERTYPE_IP) || arp.arp_hln != ETH_ALEN ||
	    arp.arp_pln != sizeof(struct in_addr) || arp.arp_op != htons(ARPOP_REQUEST))
		return 0;
	if (!own->s_addr || memcmp(arp.arp_tpa, own, sizeof(*own)) || !memcmp(arp.arp_spa, own, sizeof(*own)))
		return 0;

	arp.arp_op = htons(ARPOP_REPLY);
	memcpy(arp.arp_tha, arp.arp_sha, sizeof(arp.arp_tha));
	memcpy(arp.arp_tpa, arp.arp_spa, sizeof(arp.arp_tpa));
	memcpy(arp.arp_sha, exchange->config->mac, sizeof(arp.arp_sha));
	memcpy(arp.arp_spa, own, sizeof(*own));
	memcpy(packet->data, &arp, sizeof(arp));
	return sizeof(arp);
}

/* `header` is the answer's IP header, as far as the pseudo header needs it. */
static size_t udp_answer(const struct exchange *exchange, const struct packet *packet, pseudo_sum_fn *pseudo_sum,
			 const void *header)
{
	struct packet payload;
	struct udphdr udp;
	size_t length;
	uint16_t port;

	if (!packet_into(&payload, packet, &udp, sizeof(udp)))
		return 0;
	length = ntohs(udp.uh_ulen);
	if (udp.uh_dport != htons(DNS_PORT) || !udp.uh_sport || length < sizeof(udp) || length > packet->length)
		return 0;

	length = dns_answer(&exchange->config->host, payload.data, length - sizeof(udp), payload.capacity);
	if (!length)
		return 0;

	length += sizeof(udp);
	port = udp.uh_sport;
	udp.uh_sport = udp.uh_dport;
	udp.uh_dport = port;
	udp.uh_ulen = htons((uint16_t)length);
	udp.uh_sum = 0;
	memcpy(packet->data, &udp, sizeof(udp));
	udp.uh_sum = sum_finish(sum_add(pseudo_sum(header, IPPROTO_UDP, length), packet->data, length));
	/* on the wire 0 means that there is no checksum; its twin in ones' complement means 0 */
	if (!udp.uh_sum)
		udp.uh_sum = 0xffff;
	memcpy(packet->data, &udp, sizeof(udp));
	return length;
}

static size_t icmp_answer(const struct packet *packet)
{
	struct packet payload;
	struct icmphdr icmp;

	if (!packet_into(&payload, packet, &icmp, sizeof(icmp)))
		return 0;
	if (icmp.type != ICMP_ECHO || icmp.code)
		return 0;

	icmp.type = ICMP_ECHOREPLY;
	icmp.checksum = 0;
	memcpy(packet->data, &icmp, sizeof(icmp));
	icmp.checksum = sum_finish(sum_add(0, packet->data, packet->length));
	memcpy(packet->data, &icmp, sizeof(icmp));
	return packet->length;
}

static uint32_t ip_pseudo_sum(const void *header, uint8_t protocol, size_t length)
{
	const struct iphdr *ip = header;

	uint32_t sum = sum_add(protocol + (uint32_t)length, &ip->saddr, sizeof(ip->saddr));

	return sum_add(sum, &ip->daddr, sizeof(ip->daddr));
}

static bool ip_is_for(const struct iphdr *ip, const struct in_addr *own)
{
	uint32_t source = ntohl(ip->saddr);

	return own->s_addr && ip->daddr == own->s_addr && ip->saddr != own->s_addr && source != INADDR_ANY &&
	       source != INADDR_BROADCAST && !IN_MULTICAST(source);
}

static size_t ip_answer(const struct exchange *exchange, const struct packet *packet)
{
	const struct in_addr *own = &exchange->config->host.address;
	struct packet payload;
	struct iphdr ip;
	size_t length;

	if (!packet_into(&payload, packet, &ip, sizeof(ip)))
		return 0;
	length = ntohs(ip.tot_len);
	if (ip.version != IPVERSION || ip.ihl * 4 != sizeof(ip) || length < sizeof(ip) || length > packet->length)
		return 0;
	if (ip.frag_off & htons(IP_MF | IP_OFFMASK) || !ip_is_for(&ip, own))
		return 0;

	/* what follows is the link's padding */
	payload.length = length - sizeof(ip);
	ip.daddr = ip.saddr;
	ip.saddr = own->s_addr;
	if (ip.protocol == IPPROTO_ICMP)
		length = icmp_answer(&payload);
	else if (ip.protocol == IPPROTO_UDP)
		length = udp_answer(exchange, &payload, ip_pseudo_sum, &ip);
	else
		return 0;
	if (!length)
		return 0;

	length += sizeof(ip);
	ip.tos &= (uint8_t)~TOS_ECN_MASK;
	ip.tot_len = htons((uint16_t)length);
	/* never fragmented, so that no two packets need different ids */
	ip.id = 0;
	ip.frag_off = htons(IP_DF);
	ip.ttl = HOP_LIMIT;
	ip.check = 0;
	ip.check = sum_finish(sum_add(0, &ip, sizeof(ip)));
	memcpy(packet->data, &ip, sizeof(ip));
	return length;
}

static uint32_t ip6_pseudo_sum(const void *header, uint8_t protocol, size_t length)
{
	const struct ip6_hdr *ip = header;

	uint32_t sum = sum_add(protocol + (uint32_t)length, &ip->ip6_src, sizeof(ip->ip6_src));

	return sum_add(sum, &ip->ip6_dst, sizeof(ip->ip6_dst));
}

static void icmp6_sum_write(const struct packet *packet, const struct ip6_hdr *ip, size_t length)
{
	uint8_t *field = packet->data + offsetof(struct icmp6_hdr, icmp6_cksum);
	uint16_t sum = 0;

	memcpy(field, &sum, sizeof(sum));
	sum = sum_finish(sum_add(ip6_pseudo_sum(ip, IPPROTO_ICMPV6, length), packet->data, length));
	memcpy(field, &sum, sizeof(sum));
}

/* RFC 4861, 7.1.1: options of zero length make the packet one to be dropped. */
static bool neighbour_options_sound(const struct packet *options)
{
	size_t at = 0;

	while (at < options->length) {
		struct nd_opt_hdr option;
		size_t bytes;

		if (options->length - at < sizeof(option))
			return false;
		memcpy(&option, options->data + at, sizeof(option));
		bytes = option.nd_opt_len * 8U;
		if (!bytes || bytes > options->length - at)
			return false;
		at += bytes;
	}
	return true;
}

static bool is_solicited_node_of(const struct in6_addr *group, const struct in6_addr *address)
{
	return !memcmp(group, &solicited_node, SOLICITED_NODE_PREFIX_BYTES) &&
	       !memcmp(&group->s6_addr[SOLICITED_NODE_PREFIX_BYTES], &address->s6_addr[SOLICITED_NODE_PREFIX_BYTES],
		       sizeof(*address) - SOLICITED_NODE_PREFIX_BYTES);
}

/* Makes the question's header the answer's. */
static void ip6_turn(struct ip6_hdr *ip, const struct answer_config *config)
{
	ip->ip6_dst = ip->ip6_src;
	ip->ip6_src = config->host.address6;
	ip->ip6_hlim = HOP_LIMIT;
}

static bool neighbour_is_asked(const struct exchange *exchange, const struct packet *packet, const struct ip6_hdr *ip)
{
	const struct in6_addr *own = &exchange->config->host.address6;
	struct nd_neighbor_solicit solicit;
	struct packet options;

	if (!packet_into(&options, packet, &solicit, sizeof(solicit)) || !neighbour_options_sound(&options))
		return false;
	if (ip->ip6_hlim != HOP_LIMIT_NEIGHBOUR || solicit.nd_ns_code ||
	    !IN6_ARE_ADDR_EQUAL(&solicit.nd_ns_target, own))
		return false;
	return !IN6_IS_ADDR_UNSPECIFIED(&ip->ip6_src) || is_solicited_node_of(&ip->ip6_dst, own);
}

static size_t neighbour_answer(struct exchange *exchange, const struct packet *packet, struct ip6_hdr *ip)
{
	struct {
		struct nd_neighbor_advert advert;
		struct nd_opt_hdr option;
		uint8_t mac[ETH_ALEN];
	} answer = {
		.advert.nd_na_type = ND_NEIGHBOR_ADVERT,
		.advert.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.advert.nd_na_target = exchange->config->host.address6,
		.option = {.nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1},
	};

	if (!neighbour_is_asked(exchange, packet, ip) || packet->capacity < sizeof(answer))
		return 0;

	ip6_turn(ip, exchange->config);
	ip->ip6_hlim = HOP_LIMIT_NEIGHBOUR;
	/* a host that asks for an address it wants itself has none yet: the answer goes to all */
	if (IN6_IS_ADDR_UNSPECIFIED(&ip->ip6_dst)) {
		ip->ip6_dst = all_nodes;
		memcpy(exchange->eth.ether_dhost, all_nodes_mac, ETH_ALEN);
	} else {
		answer.advert.nd_na_flags_reserved |= ND_NA_FLAG_SOLICITED;
	}
	memcpy(answer.mac, exchange->config->mac, sizeof(answer.mac));
	memcpy(packet->data, &answer, sizeof(answer));
	icmp6_sum_write(packet, ip, sizeof(answer));
	return sizeof(answer);
}

static size_t echo6_answer(const struct exchange *exchange, const struct packet *packet, struct ip6_hdr *ip)
{
	if (packet->length < sizeof(struct icmp6_hdr) || packet->data[offsetof(struct icmp6_hdr, icmp6_code)])
		return 0;
	ip6_turn(ip, exchange->config);
	packet->data[offsetof(struct icmp6_hdr, icmp6_type)] = ICMP6_ECHO_REPLY;
	icmp6_sum_write(packet, ip, packet->length);
	return packet->length;
}

/* Whether the packet is from one host to this one alone. */
static bool ip6_is_between_hosts(const struct exchange *exchange, const struct ip6_hdr *ip)
{
	return !exchange->to_group && !IN6_IS_ADDR_UNSPECIFIED(&ip->ip6_src) &&
	       IN6_ARE_ADDR_EQUAL(&ip->ip6_dst, &exchange->config->host.address6);
}

static size_t ip6_payload_answer(struct exchange *exchange, const struct packet *packet, struct ip6_hdr *ip)
{
	uint8_t type = packet->length ? packet->data[offsetof(struct icmp6_hdr, icmp6_type)] : 0;

	if (ip->ip6_nxt == IPPROTO_ICMPV6 && type == ND_NEIGHBOR_SOLICIT)
		return neighbour_answer(exchange, packet, ip);
	if (!ip6_is_between_hosts(exchange, ip))
		return 0;
	if (ip->ip6_nxt == IPPROTO_ICMPV6 && type == ICMP6_ECHO_REQUEST)
		return echo6_answer(exchange, packet, ip);
	if (ip->ip6_nxt != IPPROTO_UDP)
		return 0;
	ip6_turn(ip, exchange->config);
	return udp_answer(exchange, packet, ip6_pseudo_sum, ip);
}

static bool ip6_is_for(const struct ip6_hdr *ip, const struct in6_addr *own)
{
	if (IN6_IS_ADDR_UNSPECIFIED(own) || IN6_IS_ADDR_MULTICAST(&ip->ip6_src) ||
	    IN6_ARE_ADDR_EQUAL(&ip->ip6_src, own))
		return false;
	return IN6_ARE_ADDR_EQUAL(&ip->ip6_dst, own) || is_solicited_node_of(&ip->ip6_dst, own);
}

static size_t ip6_answer(struct exchange *exchange, const struct packet *packet)
{
	struct packet payload;
	struct ip6_hdr ip;
	size_t length;

	if (!packet_into(&payload, packet, &ip, sizeof(ip)))
		return 0;
	length = ntohs(ip.ip6_plen);
	if (ip.ip6_vfc >> IPV6_VERSION_SHIFT != IPV6_VERSION || length > payload.length ||
	    !ip6_is_for(&ip, &exchange->config->host.address6))
		return 0;

	/* what follows is the link's padding */
	payload.length = length;
	length = ip6_payload_answer(exchange, &payload, &ip);
	if (!length)
		return 0;

	ip.ip6_plen = htons((uint16_t)length);
	memcpy(packet->data, &ip, sizeof(ip));
	return sizeof(ip) + length;
}

size_t answer_frame(const struct answer_config *config, void *frame, size_t length, size_t capacity)
{
	const struct packet packet = {.data = frame, .length = length, .capacity = capacity};
	struct exchange exchange = {.config = config};
	struct ether_header eth;
	struct packet payload;
	size_t answer = 0;

	if (length > capacity || !packet_into(&payload, &packet, &eth, sizeof(eth)))
		return 0;
	exchange.to_group = mac_is_group(eth.ether_dhost);
	if (mac_is_group(eth.ether_shost) || (!exchange.to_group && memcmp(eth.ether_dhost, config->mac, ETH_ALEN)))
		return 0;

	exchange.eth.ether_type = eth.ether_type;
	memcpy(exchange.eth.ether_dhost, eth.ether_shost, ETH_ALEN);
	memcpy(exchange.eth.ether_shost, config->mac, ETH_ALEN);
	if (eth.ether_type == htons(ETHERTYPE_ARP))
		answer = arp_answer(&exchange, &payload);
	else if (eth.ether_type == htons(ETHERTYPE_IP) && !exchange.to_group)
		answer = ip_answer(&exchange, &payload);
	else if (eth.ether_type == htons(ETHERTYPE_IPV6))
		answer = ip6_answer(&exchange, &payload);
	if (!answer)
		return 0;

	memcpy(frame, &exchange.eth, sizeof(exchange.eth));
	return sizeof(eth) + answer;
}
