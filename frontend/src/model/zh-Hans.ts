// Every word that a page says, in Chinese, written in Simplified characters.
// There is a space between Chinese and Latin letters or digits.
import { panels } from './panels/zh-Hans.ts';
import type { Words } from './words.ts';

const state: Words['state'] = {
  idle: '没有通话',
  preparing: '正在准备…',
  waiting: '等待对方加入',
  connecting: '正在连接…',
  knocking: '等候室',
  connected: '已连接',
  reconnecting: '连接中断，正在重连…',
  ended: '通话已结束',
  failed: '通话未能进行',
};

const reason: Words['reason'] = {
  hung_up: {
    what: '您已挂断。',
    next: '您可以随时创建新房间，或加入别的房间。',
  },
  other_hung_up: {
    what: '对方已挂断。',
    next: '想再聊，请创建新房间，或请对方再发一份邀请。',
  },
  other_lost: {
    what: '与对方的连接断开了。',
    next: '请检查网络，然后创建新房间，或请对方再发一份邀请。',
  },
  declined: {
    what: '您没有让对方进入。',
    next: '房间已关闭。如要等待其他人，请创建新房间。',
  },
  other_declined: {
    what: '对方没有让您进入。',
    next: '如果对方在等您，请对方再发一份邀请。',
  },
};

const code: Words['code'] = {
  bad_room_id: {
    what: '这不是房间号。',
    next: '房间号的样子是 4fk2-9xqa-07mz，请检查有没有输错。',
  },
  bad_invite: {
    what: '这个邀请链接不完整。',
    next: '请重新复制整个链接，直到最后一个字符。',
  },
  bad_code: {
    what: '这不是完整的通话码。',
    next: '请重新复制整段通话码，或扫描它的二维码。',
  },
  need_link: {
    what: '在局域网中，只有房间号还不够。',
    next: '请向对方要完整的邀请链接，粘贴到这里。',
  },
  room_not_found: {
    what: '没有这个房间。',
    next: '请检查房间号，或请对方再发一份邀请：通话结束后房间就不在了。',
  },
  room_full: {
    what: '这个房间已有两个人。',
    next: '通话只限两人，请对方为您创建一个新房间。',
  },
  room_expired: {
    what: '这份邀请已过期。',
    next: '请对方再发一份。',
  },
  own_room: {
    what: '这是您自己的房间。',
    next: '请把邀请发给想通话的人，并在这里等候。',
  },
  room_closed: {
    what: '房间已关闭。',
    next: '请创建新房间，或请对方再发一份邀请。',
  },
  unreachable: {
    what: '无法连到双方会合的地方。',
    next: '请检查是否已联网；在局域网中，请确认您与发出邀请的电脑在同一网络，且那台电脑上的 Parley 仍在运行，然后重试。',
  },
  no_server: {
    what: 'Parley 无法向网络开放房间。',
    next: '可能是端口被其他程序占用，或文件夹无法写入。请重启 Parley，或用“parley config”查看设置。',
  },
  untrusted: {
    what: '应答的不是邀请中的那台电脑。',
    next: '为了您的安全，没有发送任何内容。请对方再发一个邀请链接。',
  },
  refused: {
    what: '房间的服务器拒绝了请求。',
    next: '请重新加载或重启 Parley，使双方都用最新版本，然后重试。',
  },
  too_many: {
    what: '短时间内尝试次数过多。',
    next: '请等一分钟后重试。',
  },
  no_offer: {
    what: '对方的设备没有应答。',
    next: '请对方保持通话页面打开，或创建一个新房间。',
  },
  bad_description: {
    what: '对方的应用发来了 Parley 无法理解的内容。',
    next: '请对方更新应用或浏览器，然后重试。',
  },
  no_connection: {
    what: '双方之间找不到可用的连接。',
    next: '可能是防火墙阻挡。请换个网络，例如连到同一个 Wi-Fi。',
  },
  no_camera: {
    what: '未找到摄像头。',
    next: '没有它也能通话。想让对方看到您，请接上摄像头并重新打开。',
  },
  camera_busy: {
    what: '其他程序正在使用摄像头。',
    next: '请关闭那个程序，然后重新打开摄像头。',
  },
  camera_refused: {
    what: 'Parley 没有使用摄像头的权限。',
    next: '请在浏览器或系统的隐私设置中允许，然后重新打开摄像头。',
  },
  no_microphone: {
    what: '未找到麦克风。',
    next: '对方听不到您。请接上麦克风，然后取消静音。',
  },
  microphone_busy: {
    what: '其他程序正在使用麦克风。',
    next: '请关闭那个程序，然后取消静音。',
  },
  microphone_refused: {
    what: 'Parley 没有使用麦克风的权限。',
    next: '请在浏览器或系统的隐私设置中允许，然后取消静音。',
  },
  no_speaker: {
    what: '未找到扬声器。',
    next: '您将听不到对方。请接上扬声器或耳机。',
  },
  bad_device: {
    what: '所选设备无法使用。',
    next: '请选择其他设备，或系统默认设备。',
  },
  in_call: {
    what: '已有通话正在进行。',
    next: '请先挂断，再重试。',
  },
  not_in_call: {
    what: '当前没有通话。',
    next: '请先创建或加入一个房间。',
  },
  internal: {
    what: 'Parley 内部出了问题。',
    next: '请重试。如果反复出现，请重启 Parley。',
  },
};

const label: Words['label'] = {
  app: 'Parley',
  createRoom: '创建房间',
  join: '加入',
  joinField: '房间号、邀请链接或通话码',
  joinExample: '4fk2-9xqa-07mz',
  dismiss: '关闭提示',

  previewStarting: '正在启动摄像头…',
  devices: '设备',

  call: '通话',
  you: '您',
  otherPerson: '对方',
  cameraOff: '摄像头已关闭',
  slow: '比平时慢，仍在尝试…',
  noPicture: '等待画面…',
  muted: '已静音',
  paused: '已暂停',
  oursPaused: {
    what: '连接太弱，您的画面已暂停。',
    next: '声音不受影响。',
  },
  theirsPaused: '连接太弱，对方的画面已暂停，声音不受影响。',
  swapped: {
    what: '有人试图冒充对方。',
    next: 'Parley 已拒绝。请重新核对安全词。',
  },
  controls: '通话控制',
  mute: '将麦克风静音',
  unmute: '取消静音',
  cameraTurnOff: '关闭摄像头',
  cameraTurnOn: '打开摄像头',
  switchCamera: '切换摄像头',
  hangUp: '挂断',
  tapToHear: '点按以播放声音',
  stillAway: '对方仍未回来',
  stillAwayWhy: 'Parley 已寻找对方半分钟。如果对方只是暂时没有信号，稍后会自动回来。',
  keepTrying: '继续尝试',

  invite: '邀请他人',
  showInvite: '显示邀请',
  copyRoomId: '复制房间号',
  copyInvite: '复制邀请链接',
  copied: '已复制',

  createByHand: '不用服务器通话',
  byHand: '交换通话码',
  scan: '用摄像头扫描',
  scanning: '请将对方的二维码对准摄像头。',
  close: '关闭',

  details: '通话详情',
  quality: { good: '连接良好', fair: '连接较弱', poor: '连接很差' },

  phoneTitle: '加入通话',
  phoneTitleAlone: '加入通话',
  phoneWhy: '对方想看到您、听到您，所以浏览器会请求使用摄像头和麦克风。它们只在通话期间使用。',
  phoneReady: '在您加入之前，没有人能看到或听到您。',
  phoneOr: '或自己发起通话',

  badSettings: '此页面尚未设置好',
  badSettingsWhat: (why) => `它的 Firebase 设置无法使用：${why}。`,
  badSettingsNext: '此网站的管理者可用“make firebase-site”修正。',

  unsupported: 'Parley 无法在此显示视频',
  noWebRTC: '此浏览器无法进行视频通话，或页面地址不是以 https:// 开头。',
  noWebRTCNext: '请用最新版的 Chrome、Edge、Firefox 或 Safari（iOS 16.4 或更新版本）打开链接。',
};

const desktop: Words['desktop'] = {
  settings: {
    title: '设置',
    rooms: '双方如何找到对方',
    lan: '通过局域网',
    lanWhy: '这台电脑就是服务器，不需要其他东西。对方在同一个网络中。',
    firestore: '通过互联网',
    firestoreWhy: '需要您自己的 Firebase 项目：项目 ID，以及其中一个网页应用的 API 密钥。',
    manual: '手动，使用通话码',
    manualWhy: '完全不需要服务器：双方以文字或图片的形式互相发送通话码。',
    project: '项目 ID',
    apiKey: 'API 密钥',
    useProject: '使用此项目',
    relay: '局域网中继',
    relayWhy: '在网络阻挡双方直接连接时有帮助。',
    picture: '您的画面大小',
    saver: '通话开始时开启省流量',
    saverWhy: '每个方向的画面最多 300 kbit/s。',
    updates: '检查更新',
    updatesWhy: '每天最多一次，通话期间从不检查。',
    login: '登录时启动',
    loginWhy: 'Parley 会在后台启动，以图标的形式显示在时钟旁边。',
    others: '所有其他设置',
    othersWhy: '它们在配置文件中设置，也可以用命令 parley config set 设置。',
    byDefault: '默认',
    inFile: (line) => `配置文件，第 ${line} 行`,
    byVariable: (name) => `环境变量 ${name}`,
    byFlag: (name) => `命令行选项 ${name}`,
    fixed: (place) => `这里无法更改，因为它在别处设定：${place}`,
    restart: '重新启动 Parley 后生效。',
    refused: '此项未保存：',
    file: (path) => `配置文件是 ${path}`,
  },
  invited: {
    title: '有链接邀请您加入通话。',
    why: '加入后，对方可以看到您，也可以听到您。',
  },
  crash: {
    title: 'Parley 在通话期间关闭了。',
    callee: '对方重新打开房间后，您就可以重新加入。',
    reopen: '重新加入会再次打开房间。您发送的邀请仍然有效：请对方再打开一次。',
    create: '房间已随之结束。请创建新房间并发送新的邀请。',
    lost: '如果您重新打开房间，之前发送的邀请仍然有效。',
    rejoin: '重新加入',
    again: '重新打开房间',
  },
  keys: '键盘快捷键',
  keySpace: '空格键',
  keyMicrophone: '静音或取消静音',
  keyCamera: '打开或关闭摄像头',
  keyTalk: '静音时按住即可说话',
  keyFullScreen: '进入或退出全屏',
  keyEscape: '关闭打开的内容，或退出全屏',
  open: '打开 Parley',
  quit: '退出',
  quitInCall: '挂断并退出？',
  quitInCallWhy: '通话正在进行。退出 Parley 后，双方的通话都会结束。',
  quitNow: '挂断并退出',
  stayInCall: '继续通话',
  joined: '对方已加入。',
  knocks: '有人在敲门。',
  home: '开始通话',
  homeIntro: '创建房间并发出邀请，对方只需要一个浏览器。',
  or: '或加入房间',
  preview: '摄像头预览',
  startPreview: '预览摄像头',
  stopPreview: '停止预览',
  previewIntro: '通话前看看自己的样子，只有您能看到。',
  newer: (version) => ({
    what: `Parley ${version} 已发布。`,
    next: '您可以在方便时下载；当前版本仍可继续使用。',
  }),
  openDownload: '打开下载页面',
  doctor: '通话前检查',
  examine: '检查设备和网络',
  examining: '正在检查…最多需要十秒。',
  examined: '检查完毕。',
  examineAgain: '再次检查',
  level: { ok: '正常：', warning: '注意：', problem: '问题：', skipped: '未检查：' },
  noWebCodecs:
    '此网页视图无法解码视频（缺少 WebCodecs）。Parley 需要 WebKitGTK 2.50、macOS 13.3、WebView2 94 或更新版本。',
  noDecoders: (codecs) =>
    `此网页视图无法解码 ${codecs}。在 Linux 上，请安装 gstreamer1.0-plugins-good 和 gstreamer1.0-libav。`,
  outside: '此页面应在 Parley 窗口中打开',
  outsideNext: '请在电脑上启动 Parley，或打开您收到的邀请链接。',
  webviewNext: '请更新系统，然后重新启动 Parley。',
};

const findings: Words['findings'] = {
  'camera works': { what: '摄像头正常。' },
  'microphone works': { what: '麦克风能听到声音。' },
  'speaker works': {
    what: '扬声器播放了两个音。',
    next: '如果没有听到，请调高音量，检查插头和开关，或选择其他扬声器。',
  },
  'firewall works': { what: '就目前能测试的范围，这台电脑自身的防火墙放行 UDP。' },
  heard: { what: '扬声器播放了两个音，麦克风听到了。' },
  stalled: { what: '扬声器已打开，但不接收声音。', next: '请拔下后重新插上，或选择其他扬声器。' },
  speaker_muted: {
    what: '系统将扬声器静音了，或音量为零。',
    next: '请在系统声音设置中调高音量，然后重新测试。',
  },
  parley_muted: {
    what: '系统将 Parley 静音了，或其音量为零。',
    next: '请在系统声音设置中调高 Parley 的音量，然后重新测试。',
  },
  not_played: {
    what: '扬声器接收了声音，但系统没有播放。',
    next: '听到两个音了吗？如果没有，请选择其他扬声器，或检查系统声音设置。',
  },
  portal: {
    what: '此网络要求先登录，才放行任何数据。',
    next: '请在浏览器中打开任意网页，会出现网络的登录页面。登录后重新测试。',
  },
  intercepted: {
    what: '有别的东西冒充房间服务器应答，使用的是它自己的证书。',
    next: '如果此网络要求登录，请在浏览器中打开网页并登录。也可能是公司代理或杀毒软件所致，请询问网络的管理者。',
  },
  own_firewall_in: {
    what: '这台电脑自身的防火墙丢弃收到的 UDP，通话无法直接连接。',
    next: '请在防火墙中放行收到的 UDP，至少放行对已发送数据的应答。如果是 firewalld，“sudo firewall-cmd --list-all”会列出其规则。如果 Windows 或 macOS 询问是否允许连到 Parley，请允许。',
  },
  own_firewall_out: {
    what: '这台电脑自身的防火墙不放行发出的 UDP，通话无法直接连接。',
    next: '请在防火墙中放行发出的 UDP。',
  },
  own_firewall_port: {
    what: '这台电脑自身的防火墙关闭了 Parley 的端口，别人无法进入它的房间。',
    next: '请在防火墙中放行该端口（未另行设置时为 7373）的 TCP，以及 UDP。如果是 firewalld，请运行“sudo firewall-cmd --add-port=7373/tcp”。如果 Windows 或 macOS 询问是否允许连到 Parley，请允许。',
  },
  ufw: {
    what: '这台电脑的防火墙（ufw）已开启：只有规则放行 Parley 的端口，别人才能进入它的房间。',
    next: '如果还没有规则，请运行“sudo ufw allow 7373/tcp”。',
  },
  'signaling works': { what: '可以创建房间。' },
  'network works': { what: '这台电脑已连接网络。' },
  'camera off': { what: '设置中关闭了摄像头。' },
  'microphone off': { what: '设置中关闭了麦克风。' },
  'speaker off': { what: '设置中关闭了扬声器。' },
  no_picture: { what: '摄像头已打开，但没有画面。', next: '请拔下后重新插上，或选择其他摄像头。' },
  silent: { what: '麦克风听不到声音。', next: '它是否被自身的开关或系统声音设置静音了？' },
  by_hand: { what: '通过通话码手动建立通话，不需要服务器。' },
  no_network: {
    what: '这台电脑没有连接网络，别人无法进入它的房间。',
    next: '请连接手机所在的网络。',
  },
  clock: { what: '可以创建房间，但这台电脑的时钟不准。', next: '请让系统通过网络校准时钟。' },
  offline: { what: '这台电脑没有连接网络。', next: '请连接网络，然后重试。' },
  ipv6_only: {
    what: '此网络只有 IPv6：只能与同样有 IPv6 的网络通话。',
    next: '请换一个网络，或要求提供 IPv4（NAT64 加 464XLAT 即可）。',
  },
  dns: {
    what: '无法解析域名。',
    next: '能打开网页吗？如果网页要求登录网络，请登录；否则请检查网络设置中的域名服务器（DNS）。',
  },
  unknown_name: { what: '设置中有一台服务器不存在。', next: '请检查设置中的名称。' },
  no_servers: {
    what: '没有设置 STUN 或 TURN 服务器，只能在局域网内通话。',
    next: '要通过互联网通话，请把 STUN 或 TURN 服务器的地址写入 Parley 配置文件中的 ice.servers。文件的位置见窗口“设置”的最下方。',
  },
  no_udp_servers: { what: '没有设置 UDP 服务器，无法判断 NAT 类型。' },
  open: { what: '这台电脑无需经过 NAT 即可连到。' },
  mapped: { what: '来自互联网的数据包可以返回。' },
  cone: { what: 'NAT 对所有目标使用同一地址，通话可以直连。' },
  symmetric: { what: 'NAT 对每个目标使用不同地址（对称型），必要时通话经由中继。' },
  symmetric_no_relay: {
    what: 'NAT 对每个目标使用不同地址（对称型），且连不到中继，许多通话将无法接通。',
    next: '请把 TURN 服务器的地址、用户名和密码写入 Parley 配置文件中的 ice.servers。文件的位置见窗口“设置”的最下方。',
  },
  only_443: {
    what: '防火墙只放行看起来像网页的流量（TCP 端口 443），通话经由那里的中继，延迟较高。',
    next: '如果防火墙由您管理，请放行到互联网的 UDP。',
  },
  udp_blocked: { what: '防火墙不放行 UDP。', next: '如果防火墙由您管理，请放行到互联网的 UDP。' },
  servers_down: {
    what: 'STUN 和 TURN 服务器没有运行。',
    next: '请询问服务器的管理者，或把其他服务器写入 Parley 配置文件中的 ice.servers。文件的位置见窗口“设置”的最下方。',
  },
  blocked: {
    what: '没有 STUN 或 TURN 服务器应答：可能被防火墙阻挡，或服务器没有运行。',
    next: '请换个网络。防火墙严格时，TCP 端口 443 上的 TURN 服务器会有帮助。',
  },
  reachable: { what: '中继有应答。' },
  lossy: {
    what: '中继有应答，但有数据包丢失。',
    next: '画面和声音会受影响。请使用网线或靠近路由器，并停止占用线路的其他程序。',
  },
  slow: {
    what: '中继有应答，但很慢。',
    next: '双方会互相抢话。换用更近的中继，并让线路空闲，会有帮助。',
  },
  'relay unreachable': {
    what: '中继没有应答：可能被防火墙阻挡，或没有运行。',
    next: 'TCP 端口 443 上的中继能穿过大多数防火墙。',
  },
  not_running: { what: '中继的地址上没有服务，或被防火墙拒绝。', next: '请询问中继的管理者。' },
  credentials: { what: '中继不接受用户名和密码。', next: '请在设置中检查，它们可能已过期。' },
  quota: { what: '中继已满。', next: '请过几分钟再试。' },
  forbidden: { what: '中继拒绝为这台电脑服务。', next: '请询问中继的管理者。' },
  certificate: { what: '中继的证书与其名称或这台电脑的时间不符。', next: '请询问中继的管理者。' },
};

export const words: Words = {
  tag: 'zh-Hans',
  dir: 'ltr',
  state,
  reason,
  code,
  label,
  panels,
  desktop,
  findings,
};
