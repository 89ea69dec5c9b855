"""The Capture: named sections of raw bytes from one pass over the kernel, and its byte format.

A stream is MAGIC followed by frames. A frame is

    u64 length of the rest | u32 length of the header | header | section bytes, one after the other

little-endian. The header is JSON:

    schema        "netinspect.capture/1"
    taken_at      seconds since the epoch
    monotonic     seconds, CLOCK_BOOTTIME
    host          {name, kernel, boot_id, euid, capabilities, page_size, clock_ticks}
    self_pids     pids of the probe and its parents up to the viewer
    cost          {cpu, wall, interval, rss}: seconds, seconds, seconds until the next pass, bytes
    sections      [{name, netns, length}]: netns is a namespace's inode, 0 for the whole host
    notes         [{source, message, remedy, count, errno}]: what could not be read; null = unknown

Sections that a pass could not read are absent and have a note. Names:

    sock_diag.tcp4 .tcp6 .udp4 .udp6   netlink messages (header included) of every state but LISTEN
    sock_diag.listen4 .listen6         the same for TCP LISTEN, always with INFO and SKMEMINFO
    sock_diag.detail                   the same, with INFO, for sockets asked for one by one
    sock_diag.unix                     netlink messages of unix_diag
    proc_net.tcp .tcp6 .udp .udp6 .unix  text, where sock_diag is refused
    net.snmp .netstat .snmp6 .sockstat .sockstat6 .conntrack   text of /proc/net files
    sysctl                             lines "name = value"
    owners                             (u64 inode, u32 pid, u32 fd) for each socket descriptor
    processes                          JSON, one array of objects, see processes.py
    users                              lines "uid:name"
"""
