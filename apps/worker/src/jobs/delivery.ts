import { applyWhatsappEvent, dispatchCampaign, reconcileDelivery, sendDelivery } from '@pramaan/core/delivery'

export const deliveryJobs = {
  'delivery.dispatch': dispatchCampaign,
  'delivery.send': sendDelivery,
  'delivery.reconcile': reconcileDelivery,
  'delivery.apply-event': applyWhatsappEvent,
}
