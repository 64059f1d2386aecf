import { applyWhatsappEvent, dispatchCampaign, reconcileDelivery, sendDeliveries } from '@pramaan/core/delivery'

export const deliveryJobs = {
  'delivery.dispatch': dispatchCampaign,
  'delivery.send': sendDeliveries,
  'delivery.reconcile': reconcileDelivery,
  'delivery.apply-event': applyWhatsappEvent,
}
