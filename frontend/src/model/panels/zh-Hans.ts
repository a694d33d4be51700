import type { Words } from '../words.ts';

export const panels: Words['panels'] = {
  details: {
    sending: '发送',
    receiving: '接收',
    target: '网络可承载',
    jitter: '抖动',
    freezes: '卡顿次数',
    soundDelay: '声音缓冲',
    roundTrip: '往返时间',
    path: '路径',
    direct: '直连',
    relay: '经由中继',
    lost: '丢包数',
    dataSaver: '省流量',
    dataSaverWhy: '每个方向最多 300 kbit/s',
  },
  trust: {
    title: '核对安全词',
    compared: '安全词已核对',
    intro: '请互相念出这些词。两边一致，就说明没有人窃听。',
    differ: '如果不一致，可能有人窃听。请挂断，下次换一种方式发送邀请。',
    none: '对方的应用不显示安全词，无法判断是否有人窃听。',
    same: '两边一致',
    notSame: '其实还没核对',
  },
  float: '画中画',
  byHand: {
    intro:
      '请对方用 Parley 扫描这个码，或以文字发给对方。然后扫描或粘贴对方得到的码。有效期为 10 分钟。',
    back: '还差一步：请对方扫描这个码，或以文字发回给对方。通话会自动开始。',
    qr: '通话码的二维码',
    copy: '复制通话码',
    theirs: '对方的通话码',
    theirsExample: 'PARLEY:…',
    enter: '连接',
  },
  invite: {
    intro:
      '请用同一网络中的手机扫描二维码，或发送链接。如果手机浏览器发出警告，请选择“高级”并继续。',
    anywhere: '请发送链接，或让对方扫描二维码。对方只需要一个浏览器。',
    byId: '请把这个房间号发给想通话的人。',
    roomId: '房间号',
    share: '分享邀请链接',
    qr: '邀请链接的二维码',
  },
  devices: {
    camera: '摄像头',
    microphone: '麦克风',
    speaker: '扬声器',
    systemDefault: '系统默认',
    noCamera: '不用摄像头',
    noMicrophone: '不用麦克风',
    noSpeaker: '不用扬声器',
  },
};
